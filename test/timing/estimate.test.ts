import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

// Runs in a stage of its own: beside other tests it would time their load as well.
test('a 13B graph is estimated in under 2 seconds', () => {
  const graph = [
    'graphs/examples/llava-1.5.json',
    '--set',
    'llm.model=paper:vicuna-13b',
    '--set',
    'projector.width=5120',
  ];
  const started = performance.now();
  const { status, stdout } = spawnSync(process.execPath, ['electron/patchbay.mjs', 'estimate', ...graph, '--json']);
  const elapsed = performance.now() - started;
  expect(status).toBe(0);
  expect(JSON.parse(stdout.toString()).total.parameters).toBeGreaterThan(13e9);
  expect(elapsed).toBeLessThan(2000);
});
