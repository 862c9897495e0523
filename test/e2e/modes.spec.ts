import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, serveApp } from './app.ts';

const app = serveApp();

const oneTile = { design: 'internvl', maxTiles: 1, tile: 64 };
const CHAIN = JSON.stringify({
  schemaVersion: 1,
  title: 'A picture, cut and seen',
  nodes: {
    photo: { kind: 'image', params: { source: 'example:shapes-002' } },
    tiles: { kind: 'tiler', params: oneTile, inputs: { image: 'photo.image' } },
    seen: { kind: 'view', inputs: { value: 'tiles.image' } },
    words: { kind: 'prompt', params: { text: 'apart' } },
  },
  layout: { photo: [0, 0], tiles: [340, 0], seen: [680, 0], words: [0, 420] },
});

const title = (page: Page, id: string) => node(page, id).locator('.module-title');
const foot = (page: Page, id: string) => node(page, id).locator('.module-foot');
const finished = (page: Page) => expect(page.locator('.run-status')).toContainText('Finished', { timeout: 30_000 });

test('nodes are bypassed and muted from the keyboard, the menu and the inspector; a run says what it reused and why not', async ({
  page,
}) => {
  await openGraph(page, app, CHAIN);
  const before = await exported(page);

  await title(page, 'tiles').click();
  await page.keyboard.press('Control+b');
  await expect(foot(page, 'tiles')).toHaveText('Bypassed: image passes through');
  expect((await exported(page)).nodes.tiles?.mode).toBe('bypass');
  await page.keyboard.press('Control+Enter');
  await finished(page);
  await expect(foot(page, 'seen')).toContainText('ms');
  await expect(node(page, 'tiles').locator('.module')).toHaveAttribute('data-state', 'idle');

  await page.keyboard.press('Control+b');
  expect(await exported(page)).toEqual(before);
  await title(page, 'photo').click();
  await page.keyboard.press('Control+b');
  await expect(page.getByRole('alert')).toContainText('photo gives image and takes none');
  await page.getByRole('button', { name: 'Mute' }).click();
  await expect(foot(page, 'photo')).toHaveText('Muted');
  await expect(foot(page, 'seen')).toHaveText('Does not run: photo is muted');
  await expect(node(page, 'seen').getByRole('article')).toHaveAccessibleName('View, does not run: photo is muted');
  await page.keyboard.press('Control+z');
  expect(await exported(page)).toEqual(before);

  await title(page, 'tiles').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Run from the selected nodes' }).click();
  await finished(page);
  await expect(foot(page, 'photo')).toContainText('reused');
  await expect(foot(page, 'words')).not.toContainText('because');
  await title(page, 'tiles').click();
  await page.keyboard.press('Control+Alt+Enter');
  await expect(foot(page, 'tiles')).toContainText('ran again because it was asked to run from here');
  await expect(foot(page, 'seen')).toContainText('ran again because tiles ran again');
  await page.locator('[data-param=tile] input').last().fill('96');
  await page.keyboard.press('Control+Shift+Enter');
  await expect(foot(page, 'tiles')).toContainText('ran again because tile changed');
  await expect(page.locator('.statusbar')).toContainText('1 of 2 reused');
});
