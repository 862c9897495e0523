import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { loadWorld } from '../../../nodes/training/data/worlds.ts';

// Model cards state accuracies on these very items: after a change here, every model is to be evaluated again.
test.each([
  ['shapes', '243961bb469f8d35'],
  ['digits', 'ca1ccdb3d9f2cfa5'],
] as const)('%s: the test items of seed 0 are the ones that the cards speak of', async (name, digest) => {
  const world = await loadWorld(name, (path) => readFile(path, 'utf8'));
  const random = uniformGenerator(0);
  const hash = createHash('sha256');
  for (let i = 0; i < 200; i++) {
    const scene = world.scene(random, 'test');
    hash.update(`${world.describe(scene, random)}\n`);
    for (const kind of world.kinds) hash.update(JSON.stringify(world.ask(scene, random, kind) ?? null));
  }
  expect(hash.digest('hex').slice(0, 16)).toBe(digest);
});
