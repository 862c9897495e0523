import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { symbol } from '../../nodes/onnx/dims.ts';
import { Graph } from '../../nodes/onnx/graph.ts';
import { mlp } from '../../nodes/onnx/layers/mlp.ts';
import { buildModel } from '../../nodes/onnx/serialize.ts';
import { node, openGraph, serveApp } from './app.ts';
import { look } from './look.ts';

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

test('a model in a file is opened too, and one that is damaged is told in a sentence', async ({ page }, testInfo) => {
  const g = new Graph();
  let x = g.input('x', 'float32', [1, symbol('sequence'), 8]);
  for (const name of ['0', '1'])
    x = g.scope('layers', () => g.scope(name, () => mlp(g, 'mlp', x, { inner: 16, activation: 'relu' })));
  g.output('y', x);
  const { bytes, files } = buildModel(g);
  const file = testInfo.outputPath('net.onnx');
  await writeFile(file, bytes);
  for (const each of files) await writeFile(testInfo.outputPath(each.path), new Uint8Array(each.bytes));
  const nodes = { net: { kind: 'onnx-model', params: { file } } };
  await openGraph(page, app, JSON.stringify({ schemaVersion: 1, title: 'A file', nodes }));
  await node(page, 'net').locator('.module-title').dblclick();
  const inside = page.getByRole('dialog', { name: 'Inside ONNX model' });
  await expect(inside).toContainText('560 parameters');
  await expect(inside.locator('[data-path="layers.1.mlp.up"]')).toContainText('[1, sequence, 8] → [1, sequence, 16]');
  // Operations of 128 tokens until another number is typed; the tree stands as it stood.
  const up = inside.locator('[data-path="layers.1.mlp.up"]');
  await expect(up).toContainText('32.8 kFLOP');
  await inside.getByLabel('sequence').fill('512');
  await expect(up).toContainText('131 kFLOP');
  await look(page, 'inside a model in a file');
  await page.keyboard.press('Escape');

  await writeFile(file, bytes.slice(0, 400));
  await page.keyboard.press('m');
  await expect(inside.getByRole('alert')).toContainText('"net.onnx" cannot be read as an ONNX model: it ends early.');
});
