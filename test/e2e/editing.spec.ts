import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, PAIR, serveApp } from './app.ts';

const app = serveApp();

const title = (page: Page, id: string) => node(page, id).locator('.module-title');

async function dragBy(page: Page, id: string, dx: number, dy: number): Promise<void> {
  const box = await title(page, id).boundingBox();
  if (!box) throw new Error('not on screen');
  const [x, y] = [box.x + 20, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  // A drag begins with the first movement, which a hand makes small; the node does not follow that one.
  await page.mouse.move(x + 2, y + 2);
  await page.mouse.move(x + dx, y + dy, { steps: 8 });
  await page.mouse.up();
}

test.describe('undo and redo', () => {
  test('a drag is one step, a field is one step, and a deleted node comes back with its wires', async ({ page }) => {
    await openGraph(page, app, PAIR);
    const before = await exported(page);
    await dragBy(page, 'words', 80, 60);
    const moved = await exported(page);
    expect(moved.layout?.words).not.toEqual([0, 320]);
    await page.getByLabel('Title of the graph').fill('');
    await page.getByLabel('Title of the graph').pressSequentially('Seen');
    await title(page, 'photo').click();
    await page.keyboard.press('Delete');
    await expect(page.locator('.module')).toHaveCount(2);
    await expect(page.locator('.react-flow__edge')).toHaveCount(0);

    await page.keyboard.press('Control+z');
    await expect(page.locator('.module')).toHaveCount(3);
    await expect(page.locator('.react-flow__edge')).toHaveCount(1);
    await page.keyboard.press('Control+z');
    await expect(page.getByLabel('Title of the graph')).toHaveValue('A picture, seen');
    await page.keyboard.press('Control+z');
    expect(await exported(page)).toEqual(before);
    await expect(page.getByLabel('Unsaved changes')).toBeHidden();

    await page.keyboard.press('Control+Shift+z');
    expect(await exported(page)).toEqual(moved);
    await page.keyboard.press('Control+y');
    await expect(page.getByLabel('Title of the graph')).toHaveValue('Seen');
  });

  test('results stand where they were after a node is deleted and brought back', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('Control+Enter');
    await expect(node(page, 'seen').locator('.out-image img')).toBeVisible({ timeout: 20_000 });
    await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 20_000 });
    await title(page, 'seen').click();
    await page.keyboard.press('Backspace');
    await expect(node(page, 'seen')).toHaveCount(0);
    await page.keyboard.press('Control+z');
    await expect(node(page, 'seen').locator('.out-image img')).toBeVisible();
    await expect(node(page, 'seen').locator('.module-foot')).toContainText('ms');
  });

  test('a number that is undone shows the value before it, also while its field has the focus', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await title(page, 'photo').click();
    await page.locator('.inspector summary').click();
    const side = page.getByLabel('Longest side').last();
    const was = await side.inputValue();
    await side.fill('64');
    await page.keyboard.press('Control+z');
    await expect(side).toHaveValue(was);
    expect((await exported(page)).nodes.photo).toEqual({ kind: 'image' });
  });
});

test.describe('commands', () => {
  test('the palette finds a command by a few letters and runs it', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    await expect(palette.getByRole('option', { name: 'Redo' })).toBeVisible();
    await page.keyboard.type('slct all');
    await page.keyboard.press('Enter');
    await expect(palette).toBeHidden();
    await expect(page.locator('.module.selected')).toHaveCount(3);

    await page.keyboard.press('Control+Shift+p');
    await page.keyboard.type('no such thing');
    await expect(palette).toContainText('No command is called that');
    await page.keyboard.press('Escape');
    await expect(palette).toBeHidden();
    await expect(page.locator('.module.selected')).toHaveCount(3);
  });

  test('a key pressed with the Escape that closes a dialog is heard, and the dialog that it opens stays', async ({
    page,
  }) => {
    await openGraph(page, app, PAIR);
    for (const [opens, title] of [
      ['Control+k', 'Commands'],
      ['Alt+t', 'Templates'],
    ] as const) {
      await page.keyboard.press(opens);
      await expect(page.getByRole('dialog', { name: title })).toBeVisible();
      await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('?')]);
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  });

  test('the sheet of shortcuts names every key, and they do what it says', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(sheet.locator('div', { hasText: /^Redo/ }).last()).toHaveText('RedoCtrlShiftZCtrlY');
    await expect(sheet.locator('dt', { hasText: 'All commands' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
  });
});

async function centre(locator: ReturnType<Page['locator']>): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('not on screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const port = (page: Page, id: string, side: 'source' | 'target', name: string) =>
  node(page, id).locator(`.${side}[data-handleid="${name}"]`);

/** A place in the window where the canvas is empty: right of the graph, above the middle. */
const EMPTY = { x: 1000, y: 140 };

test.describe('clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('nodes are copied as the text of a graph and pasted at the pointer, wired among themselves', async ({
    page,
  }) => {
    await openGraph(page, app, PAIR);
    await title(page, 'photo').click();
    await title(page, 'seen').click({ modifiers: ['Shift'] });
    await page.keyboard.press('Control+c');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(Object.keys(JSON.parse(text).nodes)).toEqual(['photo', 'seen']);
    await page.mouse.move(EMPTY.x, EMPTY.y);
    await page.keyboard.press('Control+v');
    await expect(page.locator('.module')).toHaveCount(5);
    await expect(page.locator('.module.selected')).toHaveCount(2);
    expect((await exported(page)).nodes['seen-2']).toEqual({ kind: 'view', inputs: { value: 'photo-2.image' } });
    const corner = await node(page, 'photo-2').boundingBox();
    expect(Math.abs((corner?.x ?? 0) - EMPTY.x)).toBeLessThan(3);
    expect(Math.abs((corner?.y ?? 0) - EMPTY.y)).toBeLessThan(3);
    await page.keyboard.press('Control+z');
    await expect(page.locator('.module')).toHaveCount(3);
  });

  test('nodes are cut in one window and pasted in another', async ({ page, context }) => {
    await openGraph(page, app, PAIR);
    await title(page, 'words').click();
    await page.keyboard.press('Control+x');
    await expect(node(page, 'words')).toHaveCount(0);
    const other = await context.newPage();
    await openGraph(other, app, JSON.stringify({ schemaVersion: 1, title: 'Another', nodes: {} }));
    await other.keyboard.press('Control+v');
    await expect(node(other, 'words').locator('textarea')).toHaveValue('Two squares');
    await other.keyboard.press('Control+z');
    await expect(other.locator('.module')).toHaveCount(0);
  });

  test('text that is no graph is refused with what is expected, and a field keeps its own paste', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.evaluate(() => navigator.clipboard.writeText('a shopping list'));
    await page.keyboard.press('Control+v');
    await expect(page.locator('.toast.error')).toContainText('What is on the clipboard is not a graph');
    await expect(page.locator('.toast.error')).toContainText('Expected the JSON text of a graph');
    await expect(page.locator('.module')).toHaveCount(3);
    await page.getByLabel('Title of the graph').fill('');
    await page.getByLabel('Title of the graph').press('Control+v');
    await expect(page.getByLabel('Title of the graph')).toHaveValue('a shopping list');
  });

  test('copy and paste are in the palette of commands, too', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('Control+a');
    for (const command of ['copy', 'paste']) {
      await page.keyboard.press('Control+k');
      await page.keyboard.type(command);
      await page.keyboard.press('Enter');
    }
    await expect(page.locator('.module')).toHaveCount(6);
  });
});

test('selected nodes are aligned and distributed by their drawn sizes, each in one step', async ({ page }) => {
  await openGraph(page, app, PAIR.replace('[340,0]', '[340,700]'));
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Shift+A');
  expect(Object.values((await exported(page)).layout ?? {}).map(([x]) => x)).toEqual([0, 0, 0]);
  await page.keyboard.press('Shift+Y');
  const boxes = await Promise.all(['photo', 'words', 'seen'].map((id) => node(page, id).boundingBox()));
  const [first = 0, second = 0] = boxes.slice(1).map((box, i) => {
    const above = boxes[i];
    return (box?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0);
  });
  expect(Math.abs(first - second)).toBeLessThan(2);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  expect((await exported(page)).layout).toEqual({ photo: [0, 0], seen: [340, 700], words: [0, 320] });
});

test.describe('quick add', () => {
  const list = (page: Page) => page.getByRole('dialog', { name: 'Add a node' });

  test('Tab at the pointer and a few letters add a node there; Tab from a control goes on', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.mouse.move(EMPTY.x, EMPTY.y);
    await page.keyboard.press('Tab');
    await page.keyboard.type('visenc');
    await expect(list(page).getByRole('option').first()).toContainText('Vision encoder');
    await page.keyboard.press('Enter');
    await expect(node(page, 'vision-encoder').locator('.module.selected')).toBeVisible();
    const corner = await node(page, 'vision-encoder').boundingBox();
    expect(Math.abs((corner?.x ?? 0) - EMPTY.x)).toBeLessThan(3);

    await page.getByLabel('Title of the graph').focus();
    await page.mouse.move(EMPTY.x, EMPTY.y + 300);
    await page.keyboard.press('Tab');
    await expect(list(page)).toBeHidden();
    await expect(page.getByLabel('Title of the graph')).not.toBeFocused();
  });

  test('a double click on empty canvas opens it; Escape leaves the graph as it was', async ({ page }) => {
    await openGraph(page, app, JSON.stringify({ schemaVersion: 1, title: 'Empty', nodes: {} }));
    await page.mouse.dblclick(EMPTY.x, EMPTY.y);
    await expect(list(page)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(list(page)).toBeHidden();
    await expect(page.locator('.module')).toHaveCount(0);
    await page.mouse.dblclick(EMPTY.x, EMPTY.y);
    await page.keyboard.type('prompt');
    await page.keyboard.press('Enter');
    await expect(node(page, 'prompt')).toBeVisible();
  });

  test('a wire dropped on empty canvas offers only what fits, and is wired to what is chosen', async ({ page }) => {
    await openGraph(page, app, PAIR);
    const from = await centre(port(page, 'words', 'source', 'text'));
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(EMPTY.x, EMPTY.y + 250, { steps: 10 });
    await page.mouse.up();
    await expect(list(page).locator('[data-kind=llm]')).toContainText('prompt');
    await expect(list(page).locator('[data-kind=vision-encoder], [data-kind=image], [data-kind=tiler]')).toHaveCount(0);
    await page.keyboard.type('llm');
    await page.keyboard.press('Enter');
    await expect(node(page, 'llm')).toBeVisible();
    expect((await exported(page)).nodes.llm?.inputs).toEqual({ prompt: 'words.text' });
    await page.keyboard.press('Control+z');
    await expect(node(page, 'llm')).toHaveCount(0);
    await expect(page.locator('.react-flow__edge')).toHaveCount(1);
  });

  test('a double click on a wire puts a node into it', async ({ page }) => {
    await openGraph(page, app, PAIR.replace('[340,0]', '[700,0]'));
    const [from, to] = [
      await centre(port(page, 'photo', 'source', 'image')),
      await centre(port(page, 'seen', 'target', 'value')),
    ];
    await page.mouse.dblclick((from.x + to.x) / 2, (from.y + to.y) / 2);
    await expect(list(page).locator('[data-kind=tiler]')).toBeVisible();
    await expect(list(page).locator('[data-kind=projector], [data-kind=prompt]')).toHaveCount(0);
    await page.keyboard.type('tiler');
    await page.keyboard.press('Enter');
    await expect(page.locator('.react-flow__edge')).toHaveCount(2);
    const { nodes } = await exported(page);
    expect(nodes.tiler?.inputs).toEqual({ image: 'photo.image' });
    expect(nodes.seen?.inputs?.value).toMatch(/^tiler\./);
    await page.keyboard.press('Control+z');
    expect((await exported(page)).nodes.seen?.inputs).toEqual({ value: 'photo.image' });
  });

  test('a loose node let go over a wire is put into it, in the same step as it is moved', async ({ page }) => {
    const graph = JSON.parse(PAIR);
    graph.nodes.tiler = { kind: 'tiler' };
    graph.layout = { photo: [0, 0], words: [0, 320], seen: [900, 0], tiler: [450, 340] };
    await openGraph(page, app, JSON.stringify(graph));
    const before = await exported(page);
    const [from, to, head] = [
      await centre(port(page, 'photo', 'source', 'image')),
      await centre(port(page, 'seen', 'target', 'value')),
      await centre(title(page, 'tiler')),
    ];
    await dragBy(page, 'tiler', (from.x + to.x) / 2 - head.x, (from.y + to.y) / 2 - head.y);
    await expect(page.locator('.react-flow__edge')).toHaveCount(2);
    expect((await exported(page)).nodes.tiler?.inputs).toEqual({ image: 'photo.image' });
    await page.keyboard.press('Control+z');
    expect(await exported(page)).toEqual(before);

    await dragBy(page, 'words', 300, -250);
    await expect(page.locator('.react-flow__edge')).toHaveCount(1);
  });
});

test('the graph is arranged along its wires in one step, and the layout is loaded only then', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  const refused: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && refused.push(message.text())));
  await openGraph(page, app, PAIR.replace('[340,0]', '[-500,900]'));
  expect(asked.filter((url) => /elk/.test(url))).toEqual([]);
  await page.keyboard.press('Shift+L');
  await expect.poll(async () => (await exported(page)).layout?.seen?.[0], { timeout: 20_000 }).not.toBe(-500);
  const { layout } = await exported(page);
  expect(layout?.seen?.[0]).toBeGreaterThan((layout?.photo?.[0] ?? 0) + 248);
  expect(asked.filter((url) => /elk-worker/.test(url))).toHaveLength(1);
  expect(page.workers()).toHaveLength(1);
  expect(refused).toEqual([]);
  await page.keyboard.press('Control+z');
  expect((await exported(page)).layout).toEqual({ photo: [0, 0], seen: [-500, 900], words: [0, 320] });
});
