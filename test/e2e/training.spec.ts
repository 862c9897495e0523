import { expect, type Page, test } from '@playwright/test';
import { saveFamily } from '../helpers/family.ts';
import { smallGraph } from '../helpers/small-graphs.ts';
import { exported, node, openGraph, serveApp } from './app.ts';
import { look } from './look.ts';

const app = serveApp(saveFamily);

/** Over models of the test's own, which are quicker than those that ship. */
const LLAVA = smallGraph('LLaVA, small', { kind: 'projector' });

/** With its connector selected. */
async function openLlava(page: Page, text: string): Promise<void> {
  await openGraph(page, app, text);
  await node(page, 'connector').locator('.module-title').click();
}

/** What the browser complained of: a page that breaks its own policy says so there. */
function complaints(page: Page): string[] {
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  return said;
}

test('the connector of the first example is trained on: an estimate, live curves, then the node holds it and answers', async ({
  page,
}) => {
  test.setTimeout(300_000);
  const said = complaints(page);
  await page.goto(app.url);
  await node(page, 'connector').locator('.module-title').click();
  await page.getByRole('button', { name: 'Train…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Name')).toHaveValue('projector-1');
  await expect(dialog.getByLabel('Go on from the weights of tiny:')).toBeChecked();
  await expect(dialog.locator('.train-estimate')).toContainText(/About .* parameters train/, { timeout: 60_000 });
  await dialog.getByLabel('Name').fill('Not a name');
  await expect(dialog.locator('.param-problem')).toContainText('small letters');
  await dialog.getByLabel('Name').fill('mouth');
  await expect(dialog.locator('.param-problem')).toContainText('there already');
  await expect(dialog.getByRole('button', { name: 'Start' })).toBeDisabled();
  await dialog.getByLabel('Name').fill('mine');
  await dialog.getByLabel('Steps').fill('20');
  // What the node holds in the end is not called unreadable in the moment before it is read.
  await page.evaluate(() => {
    const observer = new MutationObserver(() => {
      if (document.body.textContent.includes('was not read')) document.body.dataset.unread = '';
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await dialog.getByRole('button', { name: 'Start' }).click();

  await expect(dialog.getByRole('heading', { name: 'Trained mine' })).toBeVisible({ timeout: 200_000 });
  await expect(dialog.getByRole('status')).toContainText('trained:mine is saved after 20 steps. connector holds it');
  await expect(dialog.locator('svg.curve[aria-label=Loss] path[d*=L]')).not.toHaveCount(0);
  const [right, blind] = (await dialog.locator('tr[data-kind=all] td').allInnerTexts()).slice(1).map(Number.parseFloat);
  expect(right).toBeGreaterThan((blind ?? Number.NaN) + 10);
  expect(said).toEqual([]);

  await dialog.getByRole('button', { name: 'Run the graph' }).click();
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 50_000 });
  await expect(node(page, 'llm').locator('.out-answer')).not.toHaveText('(empty answer)');
  await expect(node(page, 'connector')).toContainText('trained:mine');
  expect((await exported(page)).nodes.connector?.params).toEqual({ model: 'trained:mine' });
  await expect(page.locator('body')).not.toHaveAttribute('data-unread');
});

test('a training goes on behind the canvas, outlives the page, and is stopped and saved when one likes', async ({
  page,
}) => {
  test.setTimeout(300_000);
  await openLlava(page, LLAVA);
  await expect(page.getByRole('button', { name: 'Train…' })).toBeEnabled();
  await page.keyboard.press('t');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('long');
  await dialog.getByLabel('Data').selectOption('Shapes');
  await dialog.getByLabel('Steps').fill('100000');
  await dialog.getByRole('button', { name: 'Start' }).click({ timeout: 90_000 });
  await dialog.getByRole('button', { name: 'Go on in the background' }).click();
  const status = page.locator('.status-training');
  await expect(status).toContainText('Training long');

  await openLlava(page, LLAVA);
  await expect(status).toContainText(/step \d+ of 100,000/, { timeout: 90_000 });
  await look(page, 'a training behind the canvas', undefined, '.statusbar');
  await status.click();
  await expect(dialog.locator('svg.curve[aria-label=Loss] path[d*=L]')).not.toHaveCount(0);
  await look(page, 'a training');
  await dialog.getByRole('button', { name: 'Stop and save' }).click();
  await expect(dialog.getByRole('status')).toContainText('trained:long is saved', { timeout: 60_000 });
  await look(page, 'what was trained');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(status).toBeHidden();
  await page.locator('[data-param=model] select').selectOption('trained:long');
  await expect(page.getByRole('button', { name: 'Train…' })).toBeEnabled();
});

for (const { kind, params } of [
  { kind: 'q-former', params: { model: '', outputWidth: 48, queries: 4, width: 32, layers: 2, heads: 2 } },
  { kind: 'cross-attention-adapter', params: { model: '', depths: '0, 1', width: 48 } },
])
  test(`a ${kind} is trained as it is drawn, and its LLM too`, async ({ page }) => {
    test.setTimeout(180_000);
    await openLlava(page, smallGraph('LLaVA, small', { kind, params }));
    await page.getByRole('button', { name: 'Train…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(`${kind}-drawn`);
    await dialog.getByLabel('Steps').fill('4');
    await dialog.getByLabel(/^LLM/).selectOption('Trains too (LLaVA’s second stage)');
    await dialog.getByRole('button', { name: 'Start' }).click({ timeout: 90_000 });
    await expect(dialog.getByRole('status')).toContainText('connector holds it now', { timeout: 90_000 });
    await dialog.getByRole('button', { name: 'Run the graph' }).click();
    await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 50_000 });
    const { nodes } = await exported(page);
    expect(nodes.connector?.params).toMatchObject({ model: `trained:${kind}-drawn` });
    expect(nodes.llm?.params).toMatchObject({ model: `trained:${kind}-drawn-llm` });
  });

test('where a module cannot be trained, the button says what to change, or changes it', async ({ page }) => {
  await openLlava(page, LLAVA.replace(/"featureLayer": -1,\s*/, ''));
  const train = page.getByRole('button', { name: 'Train…' });
  await expect(page.locator('.train-reason')).toContainText('Set the feature layer of its vision encoder to -1');
  await expect(train).toBeDisabled();
  const before = await exported(page);
  await page.getByRole('button', { name: 'Use the last layer' }).click();
  await expect(train).toBeFocused();
  await expect(page.locator('.train-reason')).toHaveCount(0);
  expect((await exported(page)).nodes.encoder?.params).toMatchObject({ featureLayer: -1 });
  await page.keyboard.press('Control+z');
  expect(await exported(page)).toEqual(before);
  await openLlava(page, LLAVA.replace('trained:eye', 'paper:clip-vit-l-14'));
  await expect(page.getByRole('button', { name: 'Train…' })).toBeDisabled();
  await expect(page.locator('.train-reason')).toContainText('the weights of paper:clip-vit-l-14 are random');
  await node(page, 'question').locator('.module-title').click();
  await expect(page.getByRole('button', { name: 'Train…' })).toHaveCount(0);
});
