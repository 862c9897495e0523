import { expect, type Page, test } from '@playwright/test';
import { VISION_EXPORTS, writeVisionExport } from '../helpers/exports/vision.ts';
import { HubStandIn } from '../helpers/hub.ts';
import { smolRepo } from '../helpers/hub-models.ts';
import { node, openGraph, serveApp } from './app.ts';
import { look } from './look.ts';

const hub = new HubStandIn();
const app = serveApp(async (home) => {
  await hub.start();
  await writeVisionExport(`${home}/exports/small-vlm`, VISION_EXPORTS.smolvlm);
  hub.repos.set('maker/smol', smolRepo());
  hub.repos.set('maker/gated', smolRepo({ gated: true, licence: 'llama3' }));
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_HOME: `${home}/hf`, HF_HUB_CACHE: '', HF_TOKEN: '' });
});
test.afterAll(() => hub.stop());

const GRAPH = JSON.stringify({
  schemaVersion: 1,
  title: 'Asks a small one',
  nodes: {
    words: { kind: 'prompt' },
    llm: { kind: 'llm', params: { model: 'hf:maker/smol' }, inputs: { prompt: 'words.text' } },
  },
});

const manager = (page: Page) => page.getByRole('dialog', { name: 'Models' });
const row = (page: Page, reference: string) => manager(page).locator(`tr[data-reference="${reference}"]`);

test('a model comes from the Hub while one works: looked at, begun, left, cancelled, gone on with, failed, used, removed', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await openGraph(page, app, GRAPH);
  await expect(node(page, 'llm').getByText('hf:maker/smol is not on this machine')).toBeVisible({ timeout: 20_000 });
  await page.keyboard.press('h');
  const dialog = manager(page);
  await expect(dialog).toContainText('None yet.');
  await expect(row(page, 'tiny:llm')).toContainText(/graphs/);

  await dialog.getByLabel('Download from the Hugging Face Hub').fill('maker/none');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('The Hub has no model maker/none.');
  await dialog.getByLabel('Download from the Hugging Face Hub').fill('maker/smol');
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('licence apache-2.0, commit a1a1a1a');
  await expect(dialog.locator('tr[data-variant=fp32]')).toContainText('suggested', { timeout: 20_000 });
  await expect(dialog.locator('tr[data-variant=q4]')).toContainText('1 part in another precision');
  // 2 × 30 layers × 3 heads × 64 × 4096 tokens × 4 bytes.
  await expect(dialog.locator('tr[data-variant=q4]')).toContainText('180 MB');
  await expect(dialog).toContainText('weights and a cache of 4,096 tokens should take half at most');
  await look(page, 'precisions of a model on the Hub');

  hub.pace = 1000;
  await dialog.getByRole('button', { name: 'Download q4' }).click();
  await expect(dialog.getByRole('progressbar', { name: 'Download of maker/smol' })).toHaveAttribute('max', /\d+/);
  await expect(dialog.getByRole('button', { name: 'Download q4' })).toBeDisabled();
  await look(page, 'a download');
  await page.keyboard.press('Escape');
  const status = page.locator('.statusbar').getByRole('button', { name: /Downloading maker\/smol: \d+ %/ });
  await page.reload();
  await openGraph(page, app, GRAPH);
  await status.click();
  await dialog.getByRole('button', { name: 'Cancel the download of maker/smol' }).click();
  await expect(dialog).toContainText('cancelled; what came is kept', { timeout: 20_000 });
  await expect(status).toBeHidden();
  hub.pace = undefined;
  await dialog.getByRole('button', { name: 'Go on with maker/smol' }).first().click();
  await expect(row(page, 'hf:maker/smol')).toContainText('q4', { timeout: 20_000 });
  await expect(row(page, 'hf:maker/smol')).toContainText('apache-2.0');
  await expect(row(page, 'hf:maker/smol')).toContainText('this graph');
  await expect(dialog.getByRole('region', { name: 'Downloads' })).toBeHidden();
  await expect(node(page, 'llm').getByText('is not on this machine')).toHaveCount(0);

  await dialog.getByLabel('Download from the Hugging Face Hub').fill('maker/gated');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Download fp16' }).click();
  await expect(dialog.getByRole('alert')).toContainText('maker/gated is gated');
  await expect(dialog.getByRole('alert')).toContainText('HF_TOKEN');
  await look(page, 'a download that failed');
  await dialog.getByRole('button', { name: 'Put maker/gated away' }).click();
  await expect(dialog.getByRole('alert')).toBeHidden();

  await row(page, 'hf:maker/smol').getByRole('button', { name: 'Remove maker/smol' }).click();
  await expect(row(page, 'hf:maker/smol')).toContainText('1 graph');
  await expect(dialog.getByRole('button', { name: 'Remove maker/smol for good' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(row(page, 'hf:maker/smol')).toBeHidden();
  await expect(row(page, 'tiny:llm').getByRole('button')).toHaveCount(0);
});

test('the folder of a model becomes a graph, which is looked into, seen before it runs, and answers about a picture', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await page.goto(app.url);
  await expect(page.locator('.statusbar')).not.toContainText('Connecting');
  await page.keyboard.press('h');
  const dialog = manager(page);
  await expect(dialog.locator('tr[data-provider=cpu]')).toContainText('first', { timeout: 20_000 });
  await dialog.locator('tr[data-provider=cpu]').scrollIntoViewIfNeeded();
  await look(page, 'what models run with');

  await dialog.getByRole('button', { name: 'Open a folder…' }).click();
  const picker = page.getByRole('dialog', { name: 'Choose the folder of a model' });
  await picker.getByLabel('File name').fill(`${app.home}/exports/small-vlm/onnx/decoder_model_merged.onnx`);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Title of the graph')).toHaveValue('small-vlm');
  await expect(page.locator('.module')).toHaveCount(4);

  // The template's picture is cut into tiles of four visual tokens each, and a view of the whole.
  await expect(page.getByTitle('40 visual tokens (expected)')).toBeVisible({ timeout: 20_000 });
  await node(page, 'llm').click();
  await page.keyboard.press('m');
  const inside = page.getByRole('dialog', { name: /^Inside / });
  await expect(inside).toContainText('Read from onnx/decoder_model_merged.onnx and onnx/embed_tokens.onnx');
  await expect(inside.getByRole('treeitem', { name: /embed_tokens/ })).toBeVisible();
  await look(page, 'inside an export');
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+Enter');
  await expect(node(page, 'llm').locator('.module-foot')).toContainText('tok/s', { timeout: 60_000 });
  await expect(page.getByTitle('40 visual tokens (measured)')).toBeVisible();

  await page.keyboard.press('h');
  const here = row(page, `file:${app.home}/exports/small-vlm`);
  await expect(here).toContainText('fp32');
  await expect(here).toContainText('this graph');
  await expect(here.getByRole('button')).toHaveText('Make a graph');
});
