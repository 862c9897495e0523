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
const NODES = 1000;
const VIEW = { width: 1280, height: 800 };
const STEPS = 12;
const GESTURES = ['pan', 'zoom'] as const;

/** Frame times while 1,000 nodes are panned and zoomed, next to React Flow's stress example in the same browser. */
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
    const ours = await open(await browser.newPage({ viewport: VIEW }), `${url}?ours`);
    const theirs = await open(await browser.newPage({ viewport: VIEW }), url);
    const found: BenchRow[] = [];
    for (const gesture of GESTURES) {
      const pairs: (readonly [number, number])[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        pairs.push([await slowFrame(ours, gesture), await slowFrame(theirs, gesture)]);
      }
      const kept = pairs.slice(1);
      const median = (values: readonly number[]) => quantile([...values], 0.5);
      found.push({
        name: `${gesture} ${NODES.toLocaleString('en')} nodes, Patchbay / React Flow’s stress example`,
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

async function open(page: Page, url: string): Promise<Page> {
  await page.goto(url);
  await page.waitForFunction((count) => document.querySelectorAll('.react-flow__node').length === count, NODES);
  // The whole graph is in view, so every node is drawn in every frame.
  await page.waitForFunction(() => {
    const view = document.querySelector('.react-flow')?.getBoundingClientRect();
    const last = [...document.querySelectorAll('.react-flow__node')].at(-1)?.getBoundingClientRect();
    return view && last && last.width > 0 && last.bottom <= view.bottom && last.right <= view.right;
  });
  return page;
}

/** Milliseconds: the 95th percentile of the frame times of one gesture. */
async function slowFrame(page: Page, gesture: (typeof GESTURES)[number]): Promise<number> {
  await page.bringToFront();
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      handle = requestAnimationFrame(tick);
    };
    let handle = requestAnimationFrame(tick);
    const stopFrames = () => {
      cancelAnimationFrame(handle);
      return frames;
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
  const frames = await page.evaluate(() => (window as unknown as { stopFrames(): number[] }).stopFrames());
  return quantile(frames, 0.95);
}
