import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, PAIR, serveApp } from './app.ts';
import { look } from './look.ts';

/** Every view, as a person opens it, but for those that the tests of their own files look at on their way. */

const app = serveApp();

test.use({ viewport: { width: 1280, height: 800 } });

const EMPTY = JSON.stringify({ schemaVersion: 1, title: 'Untitled', nodes: {} });

async function close(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

const start = () => readFile('graphs/examples/start.json', 'utf8');

test('the canvas: empty, drawn, run and timed', async ({ page }) => {
  await openGraph(page, app, EMPTY);
  await look(page, 'an empty canvas');
  await openGraph(page, app, await start());
  await page.keyboard.press('f');
  await look(page, 'an example');
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 60_000 });
  await node(page, 'encoder').locator('.module-title').click();
  await look(page, 'an example after a run', 'run');
  for (const id of ['photo', 'connector', 'llm']) {
    await node(page, id).locator('.module-title').click();
    await page.locator('.inspector summary').click();
    await look(page, `the inspector of ${id}, after a run`, undefined, '.inspector');
  }
  await node(page, 'encoder').locator('.module-title').click();
  await page.keyboard.press('Control+j');
  await expect(page.locator('.timeline .span').first()).toBeVisible();
  await page.keyboard.press('f');
  await look(page, 'the timeline', 'timeline', '.timeline');
});

test('inside a model and a subgraph, and the menus', async ({ page }) => {
  await openGraph(page, app, await start());
  await node(page, 'encoder').locator('.module-title').click();
  await page.keyboard.press('m');
  await expect(page.getByRole('dialog', { name: /^Inside/ })).toContainText('operators', { timeout: 20_000 });
  await look(page, 'inside a model', 'modules');
  await close(page);
  await node(page, 'encoder').locator('.module-title').click({ button: 'right' });
  await look(page, 'the menu of a node', undefined, '.context-menu');
  await expect(page.locator('.context-menu [role=menu]')).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Escape');
  await node(page, 'encoder').locator('.module-title').click();
  await node(page, 'connector')
    .locator('.module-title')
    .click({ modifiers: ['Control'] });
  await page.keyboard.press('Control+Shift+g');
  await expect(page.locator('.module[data-kind=subgraph]')).toHaveCount(1);
  await look(page, 'a subgraph', 'subgraph');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('navigation', { name: 'Open subgraphs' })).toBeVisible();
  await page.keyboard.press('f');
  await look(page, 'inside a subgraph');
  for (const name of ['File', 'Edit', 'View']) {
    const button = page.locator('.topbar').getByRole('button', { name, exact: true });
    await button.click();
    await look(page, `the menu ${name}`, undefined, '.topbar');
    await page.keyboard.press('Escape');
    await expect(button).toBeFocused();
  }
});

test('lists and dialogs: commands, keys, wires, kinds, templates, first steps, errors, recovery', async ({
  page,
  context,
}) => {
  test.setTimeout(75_000);
  await openGraph(page, app, await start());
  await node(page, 'encoder').locator('.module-title').click();
  const lists = [
    ['Control+k', 'the palette of commands', 'commands'],
    ['?', 'the sheet of shortcuts', 'shortcuts'],
    ['w', 'the list of wires', undefined],
    ['Alt+t', 'the templates', 'templates'],
  ] as const;
  for (const [key, view, picture] of lists) {
    await page.keyboard.press(key);
    await expect(page.getByRole('dialog')).toBeVisible();
    if (key === 'Alt+t') await expect(page.getByRole('dialog').locator('image').first()).toBeVisible();
    await look(page, view, picture);
    await close(page);
  }
  // Letters typed right after the key are searched for, and are no shortcuts.
  await page.keyboard.press('/');
  await page.keyboard.type('project');
  await expect(page.locator('.palette-entry[data-kind=projector]')).toBeVisible();
  await expect(page.locator('.palette-entry[data-kind=image]')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.locator('.react-flow__pane').dblclick({ position: { x: 250, y: 40 } });
  await expect(page.getByRole('dialog')).toBeVisible();
  await look(page, 'quick add', 'quick-add');
  await close(page);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('first five');
  await page.keyboard.press('Enter');
  const guide = page.getByRole('region', { name: 'The first five minutes' });
  await expect(guide).toBeVisible();
  await look(page, 'the first five minutes');
  await guide.getByRole('button', { name: 'Hide the first five minutes' }).click();

  await openGraph(page, app, PAIR.replace('{"kind":"image"}', '{"kind":"image","params":{"source":"gone.png"}}'));
  await page.keyboard.press('Control+Enter');
  await expect(node(page, 'photo').locator('.trouble')).toContainText('gone.png', { timeout: 20_000 });
  await page.getByLabel('Title of the graph').fill('Changed');
  await expect(page.getByLabel('a copy is kept')).toBeVisible();
  await node(page, 'words').locator('.module-title').click();
  await page.keyboard.press('Alt+n');
  await expect(page.getByRole('dialog')).toBeVisible();
  await look(page, 'unsaved work');
  await close(page);
  await page
    .getByTestId('import-file')
    .setInputFiles({ name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('{') });
  await look(page, 'errors, on a node and beside the canvas');

  await page.close({ runBeforeUnload: false });
  const next = await context.newPage();
  await next.setViewportSize({ width: 1280, height: 800 });
  await next.goto(app.url);
  await expect(next.getByRole('dialog', { name: 'Unsaved work was found' })).toContainText('Changed');
  await look(next, 'recovery');
});

test('training, and two graphs side by side', async ({ page }) => {
  test.setTimeout(280_000);
  await page.goto(app.url);
  await node(page, 'connector').locator('.module-title').click();
  await page.keyboard.press('t');
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('.train-estimate')).toContainText(/parameters train/, { timeout: 150_000 });
  await look(page, 'what to train', 'train');
  await close(page);

  await page.keyboard.press('p');
  await dialog.getByRole('button', { name: 'Choose graph' }).click();
  await look(page, 'two panes, choosing a graph');
  await dialog.getByRole('menuitem', { name: 'BLIP-2 (tiny)' }).click();
  await dialog.getByRole('button', { name: 'Run both' }).click();
  await expect(dialog.locator('.pane-said', { hasText: 'Finished' })).toHaveCount(2, { timeout: 90_000 });
  await look(page, 'two panes', 'panes');
});

test('the fusion lab, a comparison, and what to compare', async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(app.url);
  await expect(page.locator('.module')).toHaveCount(5, { timeout: 20_000 });
  const dialog = page.getByRole('dialog');
  await page.keyboard.press('Shift+F');
  await expect(dialog.locator('tr[data-method=Cross-attention] td').nth(5)).toHaveText(/\d/, { timeout: 60_000 });
  await look(page, 'the fusion lab', 'fusion-lab');
  await dialog.getByRole('button', { name: 'Plots of the tiny ones' }).click();
  const comparison = page.getByRole('region', { name: 'Compare graphs' });
  await expect(comparison.locator('svg').first()).toBeVisible();
  await look(page, 'a comparison', 'comparison');
  await page.keyboard.press('Shift+F');
  await dialog.getByRole('button', { name: 'Compare the seven anew…' }).click();
  await expect(comparison).toContainText('7 chosen');
  await look(page, 'what to compare', 'compare');
});

test('a graph is drawn, wired, changed and run from the keyboard alone, and what has the focus is seen', async ({
  page,
}) => {
  await openGraph(page, app, EMPTY);
  const add = async (letters: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('add a node');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'Add a node' })).toBeVisible();
    await page.keyboard.type(letters);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  await add('image');
  await add('view');
  await expect(node(page, 'view').locator('.module.selected')).toBeVisible();
  await page.keyboard.press('w');
  await expect(page.getByRole('dialog').getByRole('option').first()).toContainText('value ← image.image');
  await page.keyboard.press('Enter');
  await expect(page.locator('.react-flow__edge')).toHaveCount(1);
  expect((await exported(page)).nodes.view?.inputs).toEqual({ value: 'image.image' });

  // Tab goes through everything that can be used, and each shows that it has the focus.
  await page.getByRole('button', { name: 'File' }).focus();
  const unseen: string[] = [];
  const reached = new Set<string>();
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press('Tab');
    const { name, seen } = await page.evaluate(focusNow);
    reached.add(name);
    if (!seen) unseen.push(name);
  }
  expect(unseen).toEqual([]);
  for (const place of ['Title of the graph', 'Run', 'palette-search', 'Fit'])
    expect([...reached].join('\n')).toContain(place);

  // A node that has the focus is selected by Enter, moved by arrow keys; a wire is deleted.
  await node(page, 'image').focus();
  await page.keyboard.press('Enter');
  const before = (await exported(page)).layout?.image?.[0] ?? 0;
  await page.keyboard.press('ArrowLeft');
  expect((await exported(page)).layout?.image?.[0]).toBeLessThan(before);
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 20_000 });
  await page.locator('.react-flow__edge').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await expect(page.locator('.react-flow__edge')).toHaveCount(0);
});

/** What has the focus, in the page: its name, and whether an outline, or a border that its box takes on, shows it. */
function focusNow(): { name: string; seen: boolean } {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: 'the page', seen: true };
  const name = [
    element.getAttribute('aria-label') ?? '',
    element.textContent ?? '',
    element.id,
    element.className,
  ].join(' ');
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const outlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
  const boxed = element.matches('.search input') && element.closest('.search:focus-within') !== null;
  return { name, seen: outlined || boxed };
}

test('nothing moves for those who asked for that', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openGraph(page, app, PAIR);
  await page.keyboard.press('Control+Enter');
  // Whatever is animated in the course of a run is over within a frame.
  const longest = await page.evaluate(async () => {
    let most = 0;
    for (const end = performance.now() + 1500; performance.now() < end; ) {
      for (const animation of document.getAnimations())
        most = Math.max(most, Number(animation.effect?.getComputedTiming().activeDuration));
      await new Promise(requestAnimationFrame);
    }
    return most;
  });
  expect(longest).toBeLessThan(17);
});
