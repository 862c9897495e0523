import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { exported, node, serveApp } from './app.ts';

// As on a first start: nothing is kept in the data folder yet.
const app = serveApp((home) => rm(join(home, 'guide.json')));

test('a first start answers at once; steps tick themselves as they are done, and templates are found by the keyboard', async ({
  page,
}, testInfo) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(app.url);
  const guide = page.getByRole('region', { name: 'The first five minutes' });
  const done = guide.locator('li.done');
  const current = guide.locator('[aria-current=step]');
  await expect(current).toContainText('Run the example');
  await page.keyboard.press('Control+Enter');
  await expect(done).toHaveText(/Run the example/, { timeout: 50_000 });
  // Written, but not asked yet.
  await node(page, 'question').locator('textarea').fill('What is this?');
  await expect(done).toHaveCount(1);
  await page.keyboard.press('Control+Enter');
  await expect(done).toHaveCount(2, { timeout: 50_000 });
  await expect(current).toContainText('Use your own picture');

  // A picture dropped on the Image node goes into it.
  const png = await readFile('graphs/examples/pictures/shapes-002.png', 'base64');
  const dropped = await page.evaluateHandle((base64) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], 'mine.png', { type: 'image/png' }));
    return transfer;
  }, png);
  await node(page, 'photo').locator('.module-head').dispatchEvent('drop', { dataTransfer: dropped });
  await expect(done).toHaveCount(3);
  expect(String((await exported(page)).nodes.photo?.params?.source)).toMatch(/^picture:/);
  await expect(page.locator('.module')).toHaveCount(5);
  await node(page, 'connector').locator('.module-title').click();
  await page.locator('[data-param=model] select').selectOption('tiny:patch-merger');
  await expect(done).toHaveCount(4);
  await page.screenshot({ path: testInfo.outputPath('guide.png') });

  // Another template is opened only once the work that is not saved is given up.
  const title = page.getByLabel('Title of the graph');
  const gallery = page.getByRole('dialog', { name: 'Templates' });
  const cards = gallery.getByRole('option');
  const chosen = gallery.getByRole('option', { selected: true });
  await page.getByRole('button', { name: 'Templates' }).press('Enter');
  await expect(cards.first()).toHaveAttribute('aria-selected', 'true');
  expect(await cards.count()).toBeGreaterThan(15);
  await expect(gallery.locator('image').first()).toBeVisible();
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: testInfo.outputPath(`gallery-${scheme}.png`) });
  }
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(chosen).not.toHaveText((await cards.nth(1).textContent()) ?? '');
  await page.keyboard.press('ArrowUp');
  await expect(cards.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.type('q-former');
  await expect(gallery.getByRole('group')).toHaveCount(2);
  await expect(chosen).toContainText('BLIP-2 (tiny)');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Keep editing' }).press('Enter');
  await expect(title).toHaveValue('Start here: a tiny LLaVA');
  await page.keyboard.press('Alt+t');
  await page.keyboard.type('llava-next');
  await expect(cards).toHaveCount(1);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Discard changes' }).press('Enter');
  await expect(title).toHaveValue(/LLaVA-NeXT/);
  await expect(page.locator('.module')).toHaveCount(6);

  await page.reload();
  await expect(done).toHaveCount(4);
  await expect(current).toContainText('Compare two graphs');
  await page.keyboard.press('p');
  const panes = page.getByRole('dialog', { name: 'Two graphs side by side' });
  await panes.getByRole('button', { name: 'Choose graph' }).press('Enter');
  await panes.getByRole('menuitem', { name: 'Qwen2-VL (tiny)' }).press('Enter');
  const run = panes.getByRole('button', { name: 'Run both' });
  await expect(run).toBeEnabled();
  await run.press('Enter');
  await expect(done).toHaveCount(5, { timeout: 120_000 });
  await page.keyboard.press('Escape');
  await expect(guide).toContainText('That was all of it');
  await page.reload();
  await expect(page.locator('.module')).toHaveCount(5);
  await page.keyboard.press('Control+k');
  await expect(guide).toBeHidden();
  await page.keyboard.type('first five');
  await page.keyboard.press('Enter');
  await expect(current).toContainText('Run the example');
  await guide.getByRole('button', { name: 'Hide the first five minutes' }).press('Enter');
  await expect(guide).toBeHidden();
});
