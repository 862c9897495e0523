import { readFile, writeFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { parse as parseCsv } from 'csv-parse/sync';
import sharp from 'sharp';
import { type ComparisonRow, comparisonSchema } from '../../graphs/comparison.ts';
import { saveFamily } from '../helpers/family.ts';
import { smallLlava } from '../helpers/small-graphs.ts';
import { openGraph, serveApp } from './app.ts';
import { apart, asImage } from './drawn.ts';
import { look } from './look.ts';

const app = serveApp(saveFamily);

const LINEAR = smallLlava('Linear, small', 'linear');
const MLP = smallLlava('MLP, small', 'mlp');

const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });

/** What a choice of the Export menu saves. */
async function exported(page: Page, title: string | RegExp): Promise<{ name: string; content: Buffer }> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: title }).click(),
  ]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}

test('two graphs are compared: runs and time first, cells as they finish, stopped, gone on with after a reload, exported, opened', async ({
  page,
}, testInfo) => {
  test.setTimeout(240_000);
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await openGraph(page, app, LINEAR);
  await page.locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('c');
  const view = page.getByRole('region', { name: 'Compare graphs' });
  await expect(view.getByRole('checkbox', { name: 'Linear, small' })).toBeChecked();
  const plan = view.locator('.compare-plan');
  await expect(plan).toContainText('Choose two graphs at least');
  await expect(view.getByRole('button', { name: 'Start' })).toBeDisabled();
  await page.getByTestId('compare-files').setInputFiles(file('mlp.json', MLP));
  await view.getByLabel('How many').fill('24');
  await view.getByLabel('Rounds').fill('2');
  // Two graphs, twice on each of 24 questions, so that it is not over before it is stopped, and once blind.
  await expect(plan).toContainText('144 runs of 2 graphs');
  await expect(plan).toContainText(/About .*Measured on this machine/, { timeout: 60_000 });

  await view.getByLabel('Rounds').press('Enter');
  const status = view.getByRole('status');
  await expect(view.locator('.compare-line[data-graph="Linear, small"] svg')).toHaveAccessibleName(/\d of \d+ right/, {
    timeout: 60_000,
  });
  await view.getByRole('button', { name: 'Stop' }).click();
  await expect(status).toContainText(/Stopped at \d+ of 144 runs/);
  await page.reload();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(view.locator('.compare-earlier li')).toContainText(
    /Linear, small, mlp on shapes.*stopped at \d+ of 144 runs/,
  );
  await view.getByRole('button', { name: 'Go on' }).click();
  await expect(status).toContainText('Finished: 144 runs', { timeout: 120_000 });

  const rows = view.locator('.compare-table').first().locator('tbody tr');
  await expect(rows).toHaveCount(2);
  const cell = (graph: string, column: string) =>
    rows.and(page.locator(`[data-graph="${graph}"]`)).locator(`[data-column="${column}"]`);
  await expect(cell('Linear, small', 'Visual tokens')).toHaveText('64');
  await expect(cell('mlp', 'Accuracy')).toContainText(/none|pt/);
  await expect(cell('Linear, small', 'Accuracy')).not.toContainText(/none|pt/);
  await view.getByLabel('Baseline').selectOption('mlp');
  await expect(cell('Linear, small', 'Accuracy')).toContainText(/none|pt/);
  await expect(cell('mlp', 'Accuracy')).not.toContainText(/none|pt/);
  for (const title of ['Accuracy against visual tokens', 'Where the time of a run goes', 'KV cache with more images'])
    await expect(view.locator(`figure[data-title="${title}"] svg`)).toBeVisible();

  const json = await exported(page, 'Result document');
  const result = comparisonSchema.parse(JSON.parse(json.content.toString()));
  expect(result.how).toMatchObject({ data: 'shapes', n: 24, repeat: 2, complete: true });
  const growth = result.rows[0]?.growth?.filter(({ of }) => of === 'images');
  expect(growth?.map(({ count, visualTokens }) => [count, visualTokens])).toEqual([1, 2, 4, 8].map((n) => [n, 64 * n]));
  const records = parseCsv((await exported(page, 'Rows')).content, { columns: true, cast: true }) as ComparisonRow[];
  for (const [i, row] of result.rows.entries()) {
    const { graph, extraParameters, tokensPerSecond, peakBytes, accuracy, blindAccuracy } = row;
    const measured = { graph, extraParameters, tokensPerSecond, peakBytes, accuracy, blindAccuracy };
    expect(Object.values(measured)).not.toContain(undefined);
    expect(records[i]).toMatchObject(measured);
  }
  const lines = (await exported(page, 'Tables')).content.toString().split('\n');
  const tables = lines.filter((line) => line.startsWith('| '));
  expect(tables.find((line) => line.startsWith('| Linear, small |'))).toContain(
    `${result.rows[0]?.tokensPerSecond?.toFixed(1)}`,
  );
  // Each table has as many cells in every line as in its head.
  for (const [i, line] of lines.entries())
    if (line.startsWith('| ') && lines[i - 1]?.startsWith('| '))
      expect(line.split(' | ')).toHaveLength(lines[i - 1]?.split(' | ').length ?? 0);

  // The plots as they are seen, by programs that know nothing of the app.
  const svg = await exported(page, /^Plots\s*SVG/);
  expect(svg.name).toMatch(/\.svg$/);
  const path = testInfo.outputPath(svg.name);
  await writeFile(path, svg.content);
  for (const words of ['Where the time of a run goes', 'KV cache with more images', 'Linear, small', 'mlp'])
    expect(svg.content.toString(), words).toContain(`${words}</text>`);
  const alone = await asImage(page, path);
  const plots = view.locator('.compare-plots');
  // All of them at once, under no bar, and on a whole pixel, as the file begins.
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: 1600 });
  await view.locator('.compare-how').scrollIntoViewIfNeeded();
  await plots.evaluate((element) => {
    const { top } = element.getBoundingClientRect();
    element.style.translate = `0 ${Math.round(top) - top}px`;
  });
  const seen = await plots.screenshot({ animations: 'disabled' });
  const { width = 0, height = 0 } = await sharp(seen).metadata();
  const inner = { left: 16, top: 16, width, height };
  expect((await apart(await sharp(alone).extract(inner).png().toBuffer(), seen)).mean).toBeLessThan(0.5);
  expect((await apart(await sharp(path).extract(inner).png().toBuffer(), seen)).mean).toBeLessThan(3);
  expect((await apart((await exported(page, 'Plots as a picture')).content, alone)).mean).toBeLessThan(1);

  await page.keyboard.press('Escape');
  await expect(view).toHaveCount(0);
  await page.getByTestId('import-file').setInputFiles(file('kept.json', json.content.toString()));
  await expect(view.getByRole('heading', { name: 'kept.json' })).toBeVisible();
  await expect(rows).toHaveCount(2);
  await expect(view.getByRole('button', { name: 'Go on' })).toHaveCount(0);
  expect(said).toEqual([]);
});

test('one graph over swept values, ticked and typed, with what is wrong said at once', async ({ page }) => {
  await openGraph(page, app, MLP);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const view = page.getByRole('region', { name: 'Compare graphs' });
  const plan = view.locator('.compare-plan');
  await view.getByLabel('Questions').selectOption({ label: 'None: speed and size alone' });
  await view.getByLabel('Rounds').fill('3');
  await view.getByRole('button', { name: 'Add a parameter' }).click();
  await view.getByLabel('Parameter to sweep').selectOption('connector.design');
  await view.getByRole('checkbox', { name: 'linear', exact: true }).check();
  await view.getByRole('checkbox', { name: 'mlp', exact: true }).check();
  await expect(plan).toContainText('6 runs of 2 graphs');
  await view.getByRole('button', { name: 'Add a parameter' }).click();
  await view.getByLabel('Parameter to sweep').nth(1).selectOption('llm.maxTokens');
  await view.getByLabel('Values of Most tokens').fill('1, many');
  await expect(plan.locator('.compare-problem')).toContainText('llm.maxTokens=many');
  await view.getByLabel('Values of Most tokens').fill('1, 2, 3');
  await expect(plan).toContainText('18 runs of 6 graphs');
  await view.getByRole('radio', { name: 'First with first' }).check();
  await expect(plan.locator('.compare-problem')).toContainText('connector.design has 2 values and llm.maxTokens has 3');
  await view.getByLabel('Values of Most tokens').fill('1, 2');
  await expect(plan).toContainText('6 runs of 2 graphs');
  await view.getByLabel('Questions').selectOption({ label: 'My own folder or CSV' });
  await view.getByLabel('File or folder').fill('/nowhere/questions.csv');
  await expect(plan.locator('.compare-problem')).toContainText('"/nowhere/questions.csv" was not opened');
  await view.getByLabel('Questions').selectOption({ label: 'None: speed and size alone' });

  await view.getByRole('button', { name: 'Start' }).click();
  await expect(view.getByRole('status')).toContainText('Finished: 6 runs', { timeout: 60_000 });
  await expect(view.locator('.compare-table tbody th')).toContainText([
    'connector.design=linear llm.maxTokens=1',
    'connector.design=mlp llm.maxTokens=2',
  ]);
  await look(page, 'what was compared');
});
