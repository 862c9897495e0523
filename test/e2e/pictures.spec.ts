import { readFile } from 'node:fs/promises';
import { type Download, expect, type Page, type TestInfo, test } from '@playwright/test';
import sharp from 'sharp';
import { node, openGraph, serveApp } from './app.ts';
import { apart, asImage } from './drawn.ts';

/** Pictures that the app exports, looked at where nothing of the app is. */

const app = serveApp();

async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
}

async function saved(download: Download, testInfo: TestInfo): Promise<string> {
  const path = testInfo.outputPath(download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

/** Does something while the canvas has nothing that a picture leaves out: dots, the map, shadows. */
async function plainly<T>(page: Page, act: () => Promise<T>): Promise<T> {
  await page.evaluate(() => {
    const plain = new CSSStyleSheet();
    plain.replaceSync(`.react-flow__panel, .react-flow__background, .toasts { display: none }
      * { box-shadow: none !important; animation: none !important }`);
    document.adoptedStyleSheets = [plain];
  });
  const done = await act();
  await page.evaluate(() => {
    document.adoptedStyleSheets = [];
  });
  return done;
}

async function pictureOf(page: Page, format: 'PNG' | 'SVG', testInfo: TestInfo): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), command(page, `export picture ${format}`)]);
  return saved(download, testInfo);
}

test('a picture of a graph that ran is what the canvas shows, to programs that know nothing of it', async ({
  page,
}, testInfo) => {
  test.setTimeout(150_000);
  await page.setViewportSize({ width: 2200, height: 1000 });
  const graph = JSON.parse(await readFile('graphs/examples/start.json', 'utf8'));
  graph.notes = { why: { at: [0, 330], text: '# Why\n\nAn **MLP** keeps\n\n- 64 tokens\n- their places' } };
  graph.groups = { eye: { at: [280, -60], size: [590, 330], title: 'The eye', colour: 'blue' } };
  await openGraph(page, app, JSON.stringify(graph));
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.module[data-state=finished]')).toHaveCount(5, { timeout: 60_000 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press('f');
    const svg = await pictureOf(page, 'SVG', testInfo);
    const text = await readFile(svg, 'utf8');
    const [, x = 0, y = 0, width = 0, height = 0] = /viewBox="(\S+) (\S+) (\S+) (\S+)"/.exec(text)?.map(Number) ?? [];
    await page.keyboard.press('0');
    const at = await node(page, 'photo').boundingBox();
    const clip = { x: (at?.x ?? 0) + x, y: (at?.y ?? 0) + y, width, height };
    const canvas = await plainly(page, () => page.screenshot({ clip, animations: 'disabled' }));

    // Drawn by Chromium alone, and by librsvg, which sharp draws SVG with and which knows no HTML.
    const inChromium = await asImage(page, svg);
    const elsewhere = await sharp(svg).png().toBuffer();
    const inApp = await apart(inChromium, canvas);
    expect(inApp.mean).toBeLessThan(0.5);
    expect(inApp.most).toBeLessThan(40);
    expect((await apart(elsewhere, canvas)).mean).toBeLessThan(1);

    // Its text can be searched; it brings neither HTML nor fonts, and weighs what its pictures do.
    expect(/foreignObject|<style|@font-face|oklab|var\(/.exec(text)?.[0]).toBeUndefined();
    for (const words of ['How many cyan shapes are', 'Vision encoder', 'The eye', 'their places'])
      expect(text.includes(`>${words}</text>`), words).toBe(true);
    expect(text.replaceAll(/data:[^"]*/g, '').length).toBeLessThan(60_000);
    expect(text.length).toBeLessThan(200_000);
    const png = await sharp(await pictureOf(page, 'PNG', testInfo))
      .resize(width)
      .png()
      .toBuffer();
    expect((await apart(png, inChromium)).mean).toBeLessThan(0.5);
  }
});
