import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { parse } from '../../graphs/format.ts';

/** The app as a person meets it in a browser, over a data folder of its own. */
export interface App {
  readonly home: string;
  readonly url: string;
}

/** Makes a data folder that of somebody who started the app before and hid the first five minutes. */
export const beenHere = (home: string) =>
  writeFile(join(home, 'guide.json'), JSON.stringify({ done: [], hidden: true }));

/** Serves the built app for the tests of a file, to somebody who was here before; `prepare` fills its data folder first. */
export function serveApp(prepare: (home: string) => Promise<void> = async () => {}): App {
  const home = mkdtempSync(join(tmpdir(), 'patchbay-e2e-'));
  let host: { url: string; close(): Promise<void> } | undefined;
  test.beforeAll(async () => {
    process.env.PATCHBAY_HOME = home;
    await beenHere(home);
    await prepare(home);
    const built = new URL('../../dist/electron/web.js', import.meta.url).href;
    host = await (await import(built)).serveWeb({ port: 0 });
  });
  // Pages of earlier tests were closed with their work unsaved, which the next would be offered.
  test.beforeEach(() => rmSync(join(home, 'drafts'), { recursive: true, force: true }));
  test.afterAll(async () => {
    await host?.close();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    home,
    get url() {
      if (!host) throw new Error('the app is served while tests run');
      return host.url;
    },
  };
}

/** A graph of three nodes, of which two are wired. */
export const PAIR = JSON.stringify({
  schemaVersion: 1,
  title: 'A picture, seen',
  nodes: {
    photo: { kind: 'image' },
    words: { kind: 'prompt', params: { text: 'Two squares' } },
    seen: { kind: 'view', inputs: { value: 'photo.image' } },
  },
  layout: { photo: [0, 0], words: [0, 320], seen: [340, 0] },
});

export const node = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);

/** Opens the app and imports a graph into it, as a person would from the File menu. */
export async function openGraph(page: Page, { url }: App, text: string): Promise<void> {
  await page.goto(url);
  await expect(page.locator('.statusbar')).not.toContainText('Connecting');
  await page
    .getByTestId('import-file')
    .setInputFiles({ name: 'graph.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  const { title, nodes } = parse(text);
  await expect(page.getByLabel('Title of the graph')).toHaveValue(title);
  await expect(page.locator('.module')).toHaveCount(Object.keys(nodes).length);
  await standsStill(page);
}

/** Waits until nodes have the sizes and the places that they keep: the view is fitted, and a picture has loaded or gone. */
const standsStill = (page: Page) =>
  page.waitForFunction(async () => {
    const boxes = () =>
      [...document.querySelectorAll('.react-flow__node')]
        .map((node) => Object.values(node.getBoundingClientRect().toJSON()))
        .join();
    const before = boxes();
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
    return boxes() === before;
  });

/** The graph as it is exported from the keyboard. */
export async function exported(page: Page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+e')]);
  return parse(await readFile(await download.path(), 'utf8'));
}
