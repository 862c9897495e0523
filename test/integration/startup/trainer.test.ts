import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { appRoot } from '../../../electron/backend/paths.ts';

const BUILT = join(appRoot(), 'dist/electron');
/** What only a training needs. */
const TRAINER = /nodes\/(onnx\/autodiff|training\/(step|trainer|losses|adamw|tasks|data))/;

/** The sources of all that is loaded before an entry's first line runs: dynamic imports are not followed. */
async function loadedWith(entry: string): Promise<Set<string>> {
  const files = new Set([join(BUILT, entry)]);
  const sources = new Set<string>();
  for (const file of files) {
    const code = await readFile(file, 'utf8');
    for (const [, path = ''] of code.matchAll(/^(?:import|export)\s[^;]*?["'](\.[^"']+)["'];?$/gm))
      files.add(normalize(join(dirname(file), path)));
    // A file that only hands on what others export has no map.
    if (!code.includes('sourceMappingURL')) continue;
    const map = JSON.parse(await readFile(`${file}.map`, 'utf8')) as { sources: string[] };
    for (const source of map.sources) sources.add(source);
  }
  return sources;
}

const trainersIn = (sources: Set<string>) => [...sources].filter((source) => TRAINER.test(source));

test.each(['main.js', 'web.js', 'backend.js', 'engine.js', 'cli.js'])(
  '%s starts without the trainer',
  async (entry) => {
    expect(trainersIn(await loadedWith(entry))).toEqual([]);
  },
);

test('the process that trains starts with it', async () => {
  expect(trainersIn(await loadedWith('training.js')).length).toBeGreaterThan(10);
});
