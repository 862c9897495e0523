import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, serveApp } from './app.ts';

const app = serveApp();

const PAIR = JSON.stringify({
  schemaVersion: 1,
  title: 'A picture, seen',
  nodes: {
    photo: { kind: 'image' },
    words: { kind: 'prompt', params: { text: 'Two squares' } },
    seen: { kind: 'view', inputs: { value: 'photo.image' } },
  },
  layout: { photo: [0, 0], words: [0, 320], seen: [340, 0] },
});

const title = (page: Page, id: string) => node(page, id).locator('.module-title');

async function dragBy(page: Page, id: string, dx: number, dy: number): Promise<void> {
  const box = await title(page, id).boundingBox();
  if (!box) throw new Error('not on screen');
  const [x, y] = [box.x + 20, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 8 });
  await page.mouse.up();
}

test.describe('undo and redo', () => {
  test('a drag is one step, a field is one step, and a deleted node comes back with its wires', async ({ page }) => {
    await openGraph(page, app, PAIR);
    const before = await exported(page);
    await dragBy(page, 'words', 80, 60);
    const moved = await exported(page);
    expect(moved.layout?.words).not.toEqual([0, 320]);
    await page.getByLabel('Title of the graph').fill('');
    await page.getByLabel('Title of the graph').pressSequentially('Seen');
    await title(page, 'photo').click();
    await page.keyboard.press('Delete');
    await expect(page.locator('.module')).toHaveCount(2);
    await expect(page.locator('.react-flow__edge')).toHaveCount(0);

    await page.keyboard.press('Control+z');
    await expect(page.locator('.module')).toHaveCount(3);
    await expect(page.locator('.react-flow__edge')).toHaveCount(1);
    await page.keyboard.press('Control+z');
    await expect(page.getByLabel('Title of the graph')).toHaveValue('A picture, seen');
    await page.keyboard.press('Control+z');
    expect(await exported(page)).toEqual(before);
    await expect(page.getByLabel('Unsaved changes')).toBeHidden();

    await page.keyboard.press('Control+Shift+z');
    expect(await exported(page)).toEqual(moved);
    await page.keyboard.press('Control+y');
    await expect(page.getByLabel('Title of the graph')).toHaveValue('Seen');
  });

  test('results stand where they were after a node is deleted and brought back', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('Control+Enter');
    await expect(node(page, 'seen').locator('.out-image img')).toBeVisible({ timeout: 20_000 });
    await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 20_000 });
    await title(page, 'seen').click();
    await page.keyboard.press('Backspace');
    await expect(node(page, 'seen')).toHaveCount(0);
    await page.keyboard.press('Control+z');
    await expect(node(page, 'seen').locator('.out-image img')).toBeVisible();
    await expect(node(page, 'seen').locator('.module-foot')).toContainText('ms');
  });

  test('a number that is undone shows the value before it, also while its field has the focus', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await title(page, 'photo').click();
    await page.locator('.inspector summary').click();
    const side = page.getByLabel('Longest side').last();
    const was = await side.inputValue();
    await side.fill('64');
    await page.keyboard.press('Control+z');
    await expect(side).toHaveValue(was);
    expect((await exported(page)).nodes.photo).toEqual({ kind: 'image' });
  });
});

test.describe('commands', () => {
  test('the palette finds a command by a few letters and runs it', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Commands' });
    await expect(palette.getByRole('option', { name: 'Redo' })).toBeVisible();
    await page.keyboard.type('slct all');
    await page.keyboard.press('Enter');
    await expect(palette).toBeHidden();
    await expect(page.locator('.module.selected')).toHaveCount(3);

    await page.keyboard.press('Control+Shift+p');
    await page.keyboard.type('no such thing');
    await expect(palette).toContainText('No command is called that');
    await page.keyboard.press('Escape');
    await expect(palette).toBeHidden();
    await expect(page.locator('.module.selected')).toHaveCount(3);
  });

  test('the sheet of shortcuts names every key, and they do what it says', async ({ page }) => {
    await openGraph(page, app, PAIR);
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(sheet.locator('div', { hasText: /^Redo/ }).last()).toHaveText('RedoCtrlShiftZCtrlY');
    await expect(sheet.locator('dt', { hasText: 'All commands' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
  });
});
