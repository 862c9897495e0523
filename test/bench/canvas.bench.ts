import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { build, type InlineConfig, preview } from 'vite';
import { quantile } from '../../electron/backend/executor/timing.ts';
import config from '../../playwright.config.ts';
import type { BenchRow } from './run.ts';

const ROUNDS = 9;
const VIEW = { width: 1280, height: 800 };
const STEPS = 12;
/** The whole graph in view, and work at 100 %, where a few nodes are in view in all their detail. */
const SCENES = [
  { nodes: 300, gesture: 'pan', zoom: '100 %' },
  { nodes: 1000, gesture: 'pan', zoom: '100 %' },
  { nodes: 1000, gesture: 'pan', zoom: 'all' },
  { nodes: 1000, gesture: 'zoom', zoom: 'all' },
] as const;
type Scene = (typeof SCENES)[number];

/** Frame times while a large graph is panned and zoomed, next to React Flow's stress example in the same browser. */
export async function rows(): Promise<BenchRow[]> {
  const outDir = await mkdtemp(join(tmpdir(), 'patchbay-canvas-'));
  const root = join(import.meta.dirname, 'canvas');
  const shared = { configFile: false, root, logLevel: 'error' as const, plugins: [react()] } satisfies InlineConfig;
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  const { executablePath, args = [] } = config.use?.launchOptions ?? {};
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    // Without the screen's beat a frame takes what it takes, instead of a multiple of 16.7 ms.
    args: [...args, '--disable-frame-rate-limit', '--disable-gpu-vsync'],
  });
  try {
    const [url = ''] = server.resolvedUrls?.local ?? [];
    const found: BenchRow[] = [];
    for (const scene of SCENES) {
      const { nodes, gesture, zoom } = scene;
      const page = async (search: string) => open(await browser.newPage({ viewport: VIEW }), url + search, scene);
      const [ours, theirs] = [await page(`?nodes=${nodes}&ours`), await page(`?nodes=${nodes}`)];
      const pairs: (readonly [number, number])[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        pairs.push([await slowFrame(ours, gesture), await slowFrame(theirs, gesture)]);
      }
      await Promise.all([ours.close(), theirs.close()]);
      const kept = pairs.slice(1);
      const median = (values: readonly number[]) => quantile([...values], 0.5);
      found.push({
        name: `${gesture} ${nodes.toLocaleString('en')} nodes, ${zoom === 'all' ? 'all in view' : 'at 100 %'}, Patchbay / React Flow’s stress example`,
        goal: '≤ 1.2',
        measured: median(kept.map(([a, b]) => a / b)),
        unit: '×',
        how: `95th percentile of frame times ${median(kept.map(([a]) => a)).toFixed(1)} and ${median(kept.map(([, b]) => b)).toFixed(1)} ms; median of ${ROUNDS} rounds, alternating`,
      });
    }
    return found;
  } finally {
    await browser.close();
    await server.close();
    await rm(outDir, { recursive: true });
  }
}

declare global {
  interface Window {
    setViewport(viewport: { x: number; y: number; zoom: number }): void;
    stopFrames(): { frames: number[]; places: number };
  }
}

async function open(page: Page, url: string, { nodes, zoom }: Scene): Promise<Page> {
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await page.waitForFunction(
    (count) => document.querySelectorAll('.react-flow__node:not(.react-flow__node-frame)').length === count,
    nodes,
  );
  // The whole graph is in view, so every node is drawn in every frame.
  await page.waitForFunction(() => {
    const view = document.querySelector('.react-flow')?.getBoundingClientRect();
    const last = [...document.querySelectorAll('.react-flow__node')].at(-1)?.getBoundingClientRect();
    return view && last && last.width > 0 && last.bottom <= view.bottom && last.right <= view.right;
  });
  // The graph's first nodes stand in the upper left; its corner stays free of nodes and wires.
  if (zoom === '100 %') {
    await page.waitForFunction(() => {
      window.setViewport({ x: 40, y: 40, zoom: 1 });
      return document.querySelector('.react-flow__viewport')?.getBoundingClientRect().x === 40;
    });
  }
  return page;
}

/** Milliseconds: the 95th percentile of the frame times of one gesture. */
async function slowFrame(page: Page, gesture: Scene['gesture']): Promise<number> {
  await page.bringToFront();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await page.evaluate(() => {
    const frames: number[] = [];
    const viewport = document.querySelector<HTMLElement>('.react-flow__viewport');
    const places = new Set<string | undefined>();
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      frames.push(now - last);
      places.add(viewport?.style.transform);
      last = now;
      handle = requestAnimationFrame(tick);
    };
    let handle = requestAnimationFrame(tick);
    const stopFrames = () => {
      cancelAnimationFrame(handle);
      return { frames, places: places.size };
    };
    Object.assign(window, { stopFrames });
  });
  // A corner of the pane that no node covers.
  await page.mouse.move(12, 12);
  if (gesture === 'pan') {
    await page.mouse.down();
    for (let step = 1; step <= STEPS; step++) await page.mouse.move(12 + 16 * Math.min(step, STEPS - step), 12);
    await page.mouse.up();
  } else {
    for (let step = 0; step < STEPS; step++) await page.mouse.wheel(0, step < STEPS / 2 ? -40 : 40);
  }
  const { frames, places } = await page.evaluate(() => window.stopFrames());
  if (places < 2) throw new Error(`the canvas did not ${gesture}`);
  return quantile(frames, 0.95);
}
