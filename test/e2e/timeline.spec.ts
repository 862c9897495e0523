import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { node, openGraph, serveApp } from './app.ts';

const app = serveApp();

const timeline = (page: Page) => page.getByRole('region', { name: 'Timeline of the last run' });
const row = (page: Page, id: string) => timeline(page).locator(`[data-node="${id}"]`);
const finished = (page: Page) => expect(page.locator('.run-status')).toContainText('Finished', { timeout: 90_000 });

test('a run stands on its time axis: load, prefill and decode apart; figures, selection, table and operators', async ({
  page,
}) => {
  test.setTimeout(180_000);
  await openGraph(page, app, await readFile('graphs/examples/start.json', 'utf8'));
  await page.keyboard.press('Control+j');
  await expect(timeline(page)).toContainText('Nothing has run yet');
  await page.keyboard.press('Control+Enter');
  await finished(page);
  await expect(row(page, 'llm').locator('.span.load')).toHaveCount(1);
  await expect(row(page, 'llm').locator('.span.prefill')).toHaveCount(1);
  await expect(row(page, 'llm').locator('.span.decode')).toHaveCount(1);
  await expect(row(page, 'llm')).toHaveAccessibleName(
    /^LLM, finished: load .+, first run .+, of it prefill .+, decode /,
  );
  // The LLM waits for what feeds it: its bars begin where the connector's end, or later.
  const ends = async (id: string) => (await row(page, id).locator('.span').last().boundingBox()) ?? { x: 0, width: 0 };
  const connector = await ends('connector');
  expect((await row(page, 'llm').locator('.span').first().boundingBox())?.x).toBeGreaterThan(connector.x);

  await row(page, 'llm').locator('.span.decode').hover();
  await expect(timeline(page)).toContainText(/LLM: decode, .+, from .+ to /);
  await row(page, 'encoder').click();
  await expect(node(page, 'encoder').locator('.module')).toHaveClass(/selected/);
  await expect(row(page, 'encoder')).toHaveAttribute('aria-pressed', 'true');

  await page.keyboard.press('Shift+P');
  await finished(page);
  const operators = page.locator('.operators');
  await expect(operators.locator('tbody tr').first()).toContainText('CPU', { timeout: 60_000 });
  await expect(page.locator('.inspector')).toContainText('All operators ran on CPU.');
  await expect(row(page, 'photo')).toContainText('reused');

  await timeline(page).getByRole('button', { name: 'Table' }).click();
  await expect(timeline(page).getByRole('row', { name: /^Vision encoder/ })).toContainText('finished');
  const grip = page.getByRole('separator', { name: 'Height of the timeline' });
  const before = Number(await grip.getAttribute('aria-valuenow'));
  await grip.focus();
  await page.keyboard.press('ArrowUp');
  await page.reload();
  await expect(grip).toHaveAttribute('aria-valuenow', String(before + 20));
  await timeline(page).getByRole('button', { name: 'Close the timeline' }).click();
  await expect(timeline(page)).toBeHidden();
});
