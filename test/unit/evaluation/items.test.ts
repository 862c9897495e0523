import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { World } from '../../../nodes/training/data/world.ts';
import { loadWorld } from '../../../nodes/training/data/worlds.ts';
import { askedIn, drawItem, type Item, type Mode, shownIn } from '../../../nodes/training/evaluation/items.ts';
import { classesOf, drawPairs, drawSingle, recall } from '../../../nodes/training/evaluation/matching.ts';

describe.each(['shapes', 'digits'] as const)('items of %s', (name) => {
  let world: World;
  beforeAll(async () => {
    world = await loadWorld(name, (path) => readFile(path, 'utf8'));
  });
  const items = (seed: number, n = 24): Item[] =>
    Array.from({ length: n }, (_, index) => drawItem(world, 'test', seed, index));

  test('ask of each kind equally often, whatever the number', () => {
    const { length } = world.kinds;
    const counts = world.kinds.map((kind) => items(0, 5 * length + 2).filter((i) => i.question.kind === kind).length);
    expect(counts).toEqual(world.kinds.map((_, i) => (i < 2 ? 6 : 5)));
  });

  test('are the same for a seed, each by itself, and others for another seed and split', () => {
    expect(items(3)).toEqual(items(3));
    expect(drawItem(world, 'test', 3, 17)).toEqual(items(3)[17]);
    const scenes = items(3).map(({ scene }) => scene);
    for (const { scene } of items(4)) expect(scenes).not.toContainEqual(scene);
    const held = Array.from({ length: 24 }, (_, index) => drawItem(world, 'validation', 3, index));
    for (const { scene } of held) expect(scenes).not.toContainEqual(scene);
  });

  test('asked blind differ by the picture alone, and the picture is of no scene that is asked about', () => {
    const all = items(5);
    for (const item of all) {
      expect(askedIn(item, 'blind')).toBe(askedIn(item, 'seeing'));
      expect(shownIn(item, 'seeing')).toBe(item.scene);
      const other = shownIn(item, 'blind');
      expect(all.some(({ scene }) => isDeepStrictEqual(scene, other))).toBe(false);
      expect(world.draw(other, 64).data).not.toEqual(world.draw(item.scene, 64).data);
    }
  });

  test('asked without a picture show none, and say the scene in words only where that is the way', () => {
    for (const item of items(6)) {
      for (const mode of ['noPicture', 'text'] as const satisfies readonly Mode[])
        expect(shownIn(item, mode)).toBeUndefined();
      expect(askedIn(item, 'noPicture')).toBe(item.question.question);
      expect(askedIn(item, 'text')).toBe(`${item.description}\n${item.question.question}`);
    }
  });

  test('that towers match have captions of their own; those to classify show one thing of a class', () => {
    const pairs = drawPairs(world, 'test', 0, 100);
    expect(pairs).toHaveLength(100);
    expect(new Set(pairs.map(({ caption }) => caption)).size).toBe(100);
    const classes = classesOf(world);
    const singles = Array.from({ length: 60 }, (_, index) => drawSingle(world, 'test', 0, index));
    for (const { scene, name } of singles) {
      expect(classes).toContain(name);
      const answer = world.ask(scene, () => 0, name.startsWith('the number') ? 'read' : 'description')?.answer ?? '';
      const [last] = answer.split(' ').slice(-1);
      expect(name.endsWith(` ${last}`)).toBe(true);
      expect(answer).not.toMatch(/,| and |\d \w|^\d\d/);
    }
    // Half of the classes at least: they come as chance has it.
    expect(new Set(singles.map(({ name }) => name)).size).toBeGreaterThanOrEqual(classes.length / 2);
  });

  // Cards state accuracies on these very items: after a change here, every model is to be evaluated again.
  test('of seed 0 are those that the cards speak of', () => {
    const hash = createHash('sha256');
    for (const { question, description } of items(0, 120)) hash.update(JSON.stringify([description, question]));
    expect(hash.digest('hex').slice(0, 16)).toBe({ shapes: 'bbfb4042f594f554', digits: 'd8e2d4aac206f5f2' }[name]);
  });
});

test('recall counts rows and columns that are largest on the diagonal', () => {
  const similarities = [
    [0.9, 0.1, 0.2],
    [0.8, 0.5, 0.3],
    [0.1, 0.2, 0.4],
  ];
  expect(recall(similarities)).toEqual({ rows: 2 / 3, columns: 1 });
  expect(
    recall([
      [1, 0.5],
      [0.2, 0.1],
    ]),
  ).toEqual({ rows: 1 / 2, columns: 1 / 2 });
});
