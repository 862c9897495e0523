import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, PAIR, serveApp } from './app.ts';

const app = serveApp();

const title = (page: Page, id: string) => node(page, id).locator('.module-title');

async function centre(locator: ReturnType<typeof node>) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('not on screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test('a dragged node shows the lines it snaps to and the wire that would take it, and is put down there', async ({
  page,
}) => {
  const graph = JSON.parse(PAIR);
  graph.nodes.tiler = { kind: 'tiler' };
  graph.layout = { photo: [0, 0], words: [0, 320], seen: [900, 0], tiler: [450, 340] };
  await openGraph(page, app, JSON.stringify(graph));
  const head = await centre(title(page, 'tiler'));
  const from = await centre(node(page, 'photo').locator('.source[data-handleid=image]'));
  const words = await centre(title(page, 'words'));
  await page.mouse.move(head.x, head.y);
  await page.mouse.down();
  await page.mouse.move(head.x + 2, head.y + 2);
  await page.mouse.move(head.x, words.y + 3, { steps: 6 });
  await expect(page.locator('.guide.y').first()).toBeVisible();
  await page.mouse.move(head.x, from.y, { steps: 6 });
  await expect(page.locator('.wire.takes')).toHaveCount(1);
  await page.mouse.move(head.x, words.y + 3, { steps: 6 });
  await expect(page.locator('.wire.takes')).toHaveCount(0);
  await page.mouse.up();
  await expect(page.locator('.guide')).toHaveCount(0);
  expect((await exported(page)).layout?.tiler?.[1]).toBe(320);
});

test('a new node under the id of one that is gone shows nothing of what that one made', async ({ page }) => {
  await openGraph(page, app, PAIR);
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 30_000 });
  await title(page, 'words').click();
  await page.keyboard.press('Delete');
  const text = JSON.stringify({ schemaVersion: 1, title: 't', nodes: { words: { kind: 'prompt' } } });
  await page.evaluate((copied) => {
    const data = new DataTransfer();
    data.setData('text/plain', copied);
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }, text);
  await expect(node(page, 'words')).toBeVisible();
  await expect(node(page, 'words').locator('.module')).toHaveAttribute('data-state', 'idle');
  await expect(node(page, 'words').locator('.module-foot')).toHaveCount(0);
  await expect(node(page, 'photo').locator('.module-foot')).toContainText('ms');
});
