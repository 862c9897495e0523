import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';
import { parse } from '../../graphs/format.ts';
import { beenHere, exported, openGraph, PAIR, serveApp } from './app.ts';
import { look } from './look.ts';

const app = serveApp();

const title = (page: Page) => page.getByLabel('Title of the graph');
const kept = (page: Page) => page.getByLabel('a copy is kept');

/** Runs a command by its name from the palette of commands. */
async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
}

test('a tab that was killed: its work is offered with what changed, and recovered as it was', async ({
  context,
}, testInfo) => {
  const page = await context.newPage();
  await openGraph(page, app, PAIR);
  await title(page).fill('Never saved');
  await page.locator('.module[data-kind=prompt] .module-title').click();
  await page.locator('.inspector textarea').first().fill('Three squares');
  await expect(kept(page)).toBeVisible();
  const before = await exported(page);
  // Without asking the page, as a crash would.
  await page.close({ runBeforeUnload: false });

  const next = await context.newPage();
  await next.goto(app.url);
  const dialog = next.getByRole('dialog', { name: 'Unsaved work was found' });
  await expect(dialog).toContainText('Never saved');
  await expect(dialog).toContainText('never saved to a file');
  await expect(dialog).toContainText('words.text changed from "Two squares" to "Three squares"');
  await next.screenshot({ path: testInfo.outputPath('recovery.png') });
  await dialog.getByRole('button', { name: 'Keep for later' }).click();
  await expect(title(next)).not.toHaveValue('Never saved');
  await command(next, 'recover unsaved');
  await dialog.getByRole('button', { name: 'Recover Never saved' }).press('Enter');
  await expect(title(next)).toHaveValue('Never saved');
  await expect(kept(next)).toBeVisible();
  expect(await exported(next)).toEqual(before);

  // What a window shows is offered in no other; what was discarded is offered nowhere.
  const other = await context.newPage();
  await other.goto(app.url);
  await expect(other.locator('.module')).toHaveCount(5);
  await command(other, 'recover unsaved');
  await expect(other.getByText('No unsaved work was left behind')).toBeVisible();
  await next.close({ runBeforeUnload: false });
  const offered = other.getByRole('button', { name: 'Discard Never saved' });
  await expect(async () => {
    await other.goto(app.url);
    await offered.waitFor({ timeout: 3000 });
  }).toPass();
  await offered.click();
  await expect(other.getByRole('dialog')).toBeHidden();
});

test('the service is killed: the next one has the work of its window', async ({ page }) => {
  const home = await mkdtemp(join(tmpdir(), 'patchbay-killed-'));
  await beenHere(home);
  const serve = async () => {
    const child = spawn(process.execPath, ['dist/electron/cli.js', 'serve'], {
      env: { ...process.env, PATCHBAY_HOME: home },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { url, kill: () => Promise.all([once(child, 'close'), child.kill('SIGKILL')]) };
  };
  try {
    const first = await serve();
    await openGraph(page, { home, url: first.url }, PAIR);
    await title(page).fill('Outlives its service');
    await expect(kept(page)).toBeVisible();
    await first.kill();
    await expect(page.locator('.statusbar')).toContainText(/reconnect/i);
    const second = await serve();
    await page.goto(second.url);
    await page.getByRole('button', { name: 'Recover Outlives its service' }).click();
    await expect(title(page)).toHaveValue('Outlives its service');
    await second.kill();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('a file that something else changed is not written over unasked, and earlier versions come back', async ({
  page,
}) => {
  const path = join(app.home, 'shared.json');
  await writeFile(path, PAIR);
  await page.goto(app.url);
  await expect(page.locator('.module')).toHaveCount(5);
  await page.keyboard.press('Control+o');
  await expect(page.locator('.folder-list li').first()).toBeVisible();
  await look(page, 'opening a file');
  await page.getByLabel('File name').fill(path);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.locator('.module')).toHaveCount(3);
  await title(page).fill('Mine');
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved to')).toBeVisible();

  await writeFile(path, PAIR.replace('Two squares', 'A circle'));
  await title(page).fill('Mine, later');
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'The file has changed' });
  await expect(dialog).toContainText('words.text changed from "A circle" to "Two squares"');
  await look(page, 'a conflict');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await readFile(path, 'utf8')).toContain('A circle');
  await page.keyboard.press('Control+s');
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByLabel('Unsaved changes')).toBeHidden();
  expect(parse(await readFile(path, 'utf8')).title).toBe('Mine, later');

  await command(page, 'earlier versions');
  const versions = page.getByRole('dialog', { name: 'Earlier versions' });
  await expect(versions.locator('.draft')).toHaveCount(2);
  await expect(versions.locator('.draft').first()).toContainText('"Two squares" to "A circle"');
  await look(page, 'earlier versions');
  await versions
    .getByRole('button', { name: /^Restore/ })
    .first()
    .press('Enter');
  expect((await exported(page)).nodes.words?.params).toEqual({ text: 'A circle' });
  await page.keyboard.press('Control+z');
  expect((await exported(page)).nodes.words?.params).toEqual({ text: 'Two squares' });
});

test('a picture of the canvas holds its graph: dropped or opened again, that is restored', async ({
  page,
}, testInfo) => {
  test.setTimeout(120_000);
  await openGraph(page, app, await readFile('graphs/examples/start.json', 'utf8'));
  await expect(page.locator('.module-picture img')).toBeVisible();
  const before = await exported(page);
  const pictureOf = async (format: 'PNG' | 'SVG') => {
    const [saved] = await Promise.all([page.waitForEvent('download'), command(page, `export picture ${format}`)]);
    const path = testInfo.outputPath(saved.suggestedFilename());
    await saved.saveAs(path);
    return path;
  };
  // Zoomed in on a corner, and so that titles alone are drawn: neither changes the picture.
  for (const key of ['+', '+', '+']) await page.keyboard.press(key);
  const png = await pictureOf('PNG');
  for (let step = 0; step < 12; step++) await page.keyboard.press('-');
  const svg = await pictureOf('SVG');
  const sizes = await Promise.all([png, svg].map((path) => sharp(path).metadata()));
  expect(sizes[0]?.width).toBe(2 * (sizes[1]?.width ?? 0));
  const { channels } = await sharp(png).stats();
  expect(Math.max(...channels.map(({ stdev }) => stdev)), 'an empty picture').toBeGreaterThan(8);

  for (const path of [png, svg]) {
    await page.goto('about:blank');
    await openGraph(page, app, PAIR);
    const bytes = [...(await readFile(path))];
    const dropped = await page.evaluateHandle(
      ({ bytes, name }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        return transfer;
      },
      { bytes, name: path },
    );
    await page.locator('.canvas').dispatchEvent('drop', { dataTransfer: dropped });
    await expect(page.locator('.module')).toHaveCount(5);
    expect(await exported(page)).toEqual(before);
  }

  await page.getByTestId('import-file').setInputFiles('graphs/examples/pictures/shapes.png');
  await expect(page.locator('.toast.error')).toContainText('shapes.png is a picture that holds no graph');
  await page.goto('about:blank');
  await openGraph(page, app, PAIR);
  await page.keyboard.press('Control+o');
  await page.getByLabel('File name').fill(svg);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  // Edits made before the file is read would be asked about.
  await expect(page.locator('.module')).toHaveCount(5);
  await page.getByLabel('Title of the graph').fill('Not over the picture');
  await page.keyboard.press('Control+s');
  await expect(page.getByRole('dialog', { name: 'Save the graph' })).toBeVisible();
});
