import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { node, openGraph, serveApp } from './app.ts';

const app = serveApp();

test('a model is opened to its modules: shapes, parameters and operations, by keyboard and by search, a 7B one without its weights', async ({
  page,
}) => {
  test.setTimeout(90_000);
  await openGraph(page, app, await readFile('graphs/examples/llava-1.5.json', 'utf8'));
  await node(page, 'encoder').locator('.module-title').dblclick();
  const inside = page.getByRole('dialog', { name: 'Inside Vision encoder' });
  const line = (path: string) => inside.locator(`[data-path="${path}"]`);
  await expect(line('layers')).toHaveAttribute('aria-expanded', 'false', { timeout: 30_000 });
  await line('layers').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(line('layers.0')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(line('layers.0.attention')).toContainText('[1, 577, 1024] → [1, 577, 1024]');
  await page.keyboard.press('End');
  await expect(line('layers.0.attention')).not.toBeFocused();
  await inside.getByLabel('Search modules and weights').fill('layers.7.mlp.up');
  await expect(inside.getByRole('treeitem')).toHaveCount(4);
  await line('layers.7.mlp.up').click();
  await expect(inside).toContainText('layers.7.mlp.up: weight [1024, 4096], bias [4096]');
  await page.keyboard.press('Escape');
  await expect(inside).toBeHidden();

  await node(page, 'llm').locator('.module-title').click();
  const cost = page.locator('.inspector section', { hasText: 'Expected cost' });
  const parameters = await cost
    .locator('div', { hasText: /^Parameters/ })
    .locator('dd')
    .textContent();
  await page.getByRole('button', { name: 'Look inside' }).click();
  await expect(page.getByRole('dialog', { name: 'Inside LLM' })).toContainText(`${parameters} parameters`, {
    timeout: 30_000,
  });
});
