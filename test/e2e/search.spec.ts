import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { reasoningSchema } from '../../graphs/reasoning.ts';
import { saveFamily } from '../helpers/family.ts';
import { node, openGraph, serveApp } from './app.ts';
import { look } from './look.ts';

const app = serveApp(saveFamily);

test.use({ viewport: { width: 1280, height: 800 } });

const SEARCH = JSON.stringify({
  schemaVersion: 1,
  title: 'Votes of a small model',
  nodes: {
    question: { kind: 'prompt', params: { text: 'what is in the picture?' } },
    llm: { kind: 'llm', params: { model: 'tiny:reasoner' }, inputs: { prompt: 'question.text' } },
    search: {
      kind: 'search-loop',
      params: { candidates: 12, maxTokens: 112 },
      inputs: { prompt: 'question.text', generator: 'llm.generator' },
    },
  },
  layout: { question: [0, 0], llm: [320, 0], search: [640, 0] },
});

/** The tiny LLaVA, asked twelve times. */
const VOTES = JSON.stringify({
  schemaVersion: 1,
  title: 'Twelve answers vote',
  nodes: {
    photo: { kind: 'image', params: { source: 'example:shapes-004' } },
    encoder: {
      kind: 'vision-encoder',
      params: { model: 'tiny:clip-vit', featureLayer: -1 },
      inputs: { image: 'photo.image' },
    },
    connector: { kind: 'projector', params: { model: 'tiny:mlp-instruct' }, inputs: { features: 'encoder.features' } },
    question: { kind: 'prompt', params: { text: 'How many cyan shapes are there?' } },
    llm: {
      kind: 'llm',
      params: { model: 'tiny:mlp-instruct-llm' },
      inputs: { prompt: 'question.text', visual: ['connector.embeddings'] },
    },
    search: {
      kind: 'search-loop',
      params: { candidates: 12, maxTokens: 112 },
      inputs: { prompt: 'question.text', generator: 'llm.generator' },
    },
  },
  layout: {
    photo: [0, 0],
    encoder: [300, 0],
    question: [300, 270],
    connector: [600, 0],
    llm: [900, 0],
    search: [1200, 0],
  },
});

test('a search is seen: its tree on the node and in the panel, a node of it by click and by arrow, candidates, votes, cost', async ({
  page,
}) => {
  await openGraph(page, app, VOTES);
  await page.keyboard.press('Control+Enter');
  await expect(node(page, 'search').locator('.node-search')).toContainText('13 nodes', { timeout: 60_000 });
  await expect(page.locator('.statusbar')).toContainText('Finished');
  await page.locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('s');
  const panel = page.getByRole('region', { name: /^Search of search/ });
  await expect(panel).toContainText('12 candidates');
  // The graph that stood in the middle of the canvas does so above the panel, too.
  for (const id of ['photo', 'question', 'search']) await expect(node(page, id)).toBeInViewport({ ratio: 0.99 });
  // Whatever a panel holds, nothing of the window is pushed out of it.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeInViewport({ ratio: 1 });

  const tree = panel.getByRole('group', { name: /^Search tree/ });
  const box = await tree.locator('svg').boundingBox();
  if (!box) throw new Error('the tree is not drawn');
  await tree.focus();
  await page.keyboard.press('ArrowDown');
  await expect(panel.locator('.search-looked')).toContainText('The prompt');
  await page.keyboard.press('ArrowDown');
  await expect(panel.locator('.search-looked')).toContainText('Depth 1');
  await look(page, 'a search', 'search');
  await panel.getByRole('button', { name: 'Candidates' }).click();
  const rows = panel.getByRole('row');
  await expect(rows).toHaveCount(13);
  await expect(panel.locator('tr[data-chosen=true]')).toHaveCount(1);
  const unanswered = await rows.filter({ has: page.locator('td > i') }).count();
  await rows.nth(3).getByRole('button').click();
  await expect(panel.locator('.search-looked')).toContainText('Depth 1');
  await panel.getByRole('button', { name: 'Votes' }).click();
  const counts = await panel.locator('.search-votes .bar-value').allTextContents();
  const silent = (await panel.locator('.search-votes p').allTextContents()).map((text) => Number.parseInt(text, 10));
  const voted = counts.map((text) => Number(text.split('·')[1]));
  expect([...voted, ...silent].reduce((sum, count) => sum + count, 0)).toBe(12);
  expect(silent.reduce((sum, count) => sum + count, 0)).toBe(unanswered);
  await panel.getByRole('button', { name: 'Spent' }).click();
  // No token of the tree goes through the model twice; the last of a candidate needs not go at all.
  await expect(panel.locator('.search-spent')).toContainText(/(1\.000|0\.\d+) for each token of the tree/);
  // With its graph the panel goes; under the next one it says what to do.
  const next = { name: 'next.json', mimeType: 'application/json', buffer: Buffer.from(SEARCH) };
  await page.getByTestId('import-file').setInputFiles(next);
  await expect(node(page, 'search')).toBeVisible();
  await expect(panel).toHaveCount(0);
  await page.keyboard.press('s');
  await expect(panel).toContainText('has not run yet. Run the graph');
  await page.keyboard.press('s');
  await expect(panel).toHaveCount(0);
});

test('what compute buys is measured: time first, stopped, gone on with, drawn, exported, opened', async ({ page }) => {
  test.setTimeout(180_000);
  await openGraph(page, app, SEARCH);
  await page.locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('k');
  const view = page.getByRole('region', { name: 'Compute' });
  await expect(view.getByRole('checkbox', { name: 'Self-consistency' })).toBeChecked();
  await expect(view.getByRole('checkbox', { name: /^Beam search/ })).toBeDisabled();
  await view.getByLabel('How many').fill('24');
  await view.getByRole('textbox', { name: 'Budgets' }).fill('1, 4');
  await view.getByRole('button', { name: 'Measure how long it takes' }).click();
  await expect(view.locator('.compare-plan')).toContainText(/About .*One problem took/, { timeout: 60_000 });
  await look(page, 'what to measure');
  await view.getByRole('button', { name: 'Start' }).click();
  const status = view.getByRole('status');
  await expect(status).toContainText(/[1-9][\d,]* of [\d,]+ searches/, { timeout: 60_000 });
  await view.getByRole('button', { name: 'Stop' }).click();
  await expect(status).toContainText(/Stopped at [\d,]+ of [\d,]+ searches/);
  await page.reload();
  await expect(page.locator('.module')).not.toHaveCount(0);
  await page.locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('k');
  await expect(view.locator('.compare-earlier li')).toContainText(/Votes of a small model on arithmetic.*stopped at/);
  await view.getByRole('button', { name: 'Go on' }).click();
  await expect(status).toContainText(/Finished: [\d,]+ searches/, { timeout: 120_000 });
  await expect(view.locator('figure[data-title="Accuracy against generated tokens"] svg').first()).toBeVisible();
  await look(page, 'what compute buys');
  await view.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Result document' }).click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  const { points, how } = reasoningSchema.parse(JSON.parse(text));
  expect(how).toMatchObject({ data: 'arithmetic', n: 24, complete: true });
  expect(points.filter(({ strategy }) => strategy === 'self-consistency').map(({ budget }) => budget)).toEqual([1, 4]);
  for (const { tokens, low, accuracy, high } of points) {
    expect(tokens).toBeGreaterThan(0);
    expect([low <= accuracy, accuracy <= high]).toEqual([true, true]);
  }
  await page.keyboard.press('Escape');
  await expect(view).toHaveCount(0);
  const kept = { name: 'kept.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  await page.getByTestId('import-file').setInputFiles(kept);
  await expect(view.getByRole('heading', { name: 'kept.json' })).toBeVisible();
  await page.getByTestId('import-file').setInputFiles('docs/measured/reasoning.json');
  await expect(view.getByRole('heading', { name: 'reasoning.json' })).toBeVisible();
  await look(page, 'every strategy over a reasoner', 'compute');
});
