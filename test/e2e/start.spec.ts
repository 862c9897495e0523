import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { node, serveApp } from './app.ts';

// As on a first start: nothing is kept in the data folder yet.
const app = serveApp((home) => rm(join(home, 'guide.json')));

test('a first start shows templates, found and opened by the keyboard; steps tick themselves and are there again', async ({
  page,
}, testInfo) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(app.url);
  const gallery = page.getByRole('dialog', { name: 'Templates' });
  const cards = gallery.getByRole('option');
  await expect(cards.first()).toHaveAttribute('aria-selected', 'true');
  expect(await cards.count()).toBeGreaterThan(15);
  await expect(gallery.locator('image').first()).toBeVisible();
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: testInfo.outputPath(`gallery-${scheme}.png`) });
  }
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(cards.first()).toHaveAttribute('aria-selected', 'false');
  await page.keyboard.type('q-former');
  await expect(cards.first()).toContainText('BLIP-2');
  await expect(gallery.getByRole('option', { selected: true })).toHaveCount(1);
  await page.keyboard.press('Escape');

  const guide = page.getByRole('region', { name: 'The first five minutes' });
  await expect(guide.locator('[aria-current=step]')).toContainText('Run the example');
  await guide.getByRole('button', { name: /^Run/ }).click();
  await expect(guide.locator('li.done')).toHaveText(/Run the example/, { timeout: 50_000 });
  // Written, but not asked yet.
  await node(page, 'question').locator('textarea').fill('Is there a circle?');
  await expect(guide.locator('li.done')).toHaveCount(1);
  await page.keyboard.press('Control+Enter');
  await expect(guide.locator('li.done')).toHaveCount(2, { timeout: 50_000 });
  await expect(guide.locator('[aria-current=step]')).toContainText('Drop in a photo');
  await page.screenshot({ path: testInfo.outputPath('guide.png') });

  await expect(page.getByLabel('a copy is kept')).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: /^Discard / }).click();
  await expect(guide.locator('li.done')).toHaveCount(2);
  await guide.getByRole('button', { name: 'Hide the first five minutes' }).click();
  await expect(guide).toBeHidden();
  await page.reload();
  await expect(page.locator('.module')).toHaveCount(5);
  await page.keyboard.press('Alt+t');
  await page.keyboard.type('llava-next');
  await expect(cards).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Title of the graph')).toHaveValue(/LLaVA-NeXT/);
  await expect(guide).toBeHidden();
});
