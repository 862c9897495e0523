import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import type { DigitsScene } from '../../../nodes/training/data/digits/scene.ts';
import { loadVisualArithmetic } from '../../../nodes/training/data/visual-arithmetic/world.ts';
import { drawItem } from '../../../nodes/training/evaluation/items.ts';

const world = await loadVisualArithmetic((path) => readFile(path, 'utf8'));

/** The answer of someone who reads the question, and the digits by where they stand. */
function answerTo(question: string, scene: DigitsScene): number {
  const read = [...scene.digits].sort((a, b) => a.x - b.x).map(({ image }) => image.digit);
  const sorted = read.toSorted((a, b) => a - b);
  const [first = 0, last = 0] = [read[0], read.at(-1)];
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  const asks = (...words: string[]) => words.every((one) => new RegExp(`\\b${one}`).test(question));
  if (asks('first', 'times the last') || asks('product') || asks('multiply')) return first * last;
  if (asks('first', 'last')) return first + first + last;
  if (asks('sum of the digits') || asks('all digits'))
    return sorted.slice(0, -1).reduce((sum, digit) => sum + digit, 0);
  if (asks('minus') || asks('how much larger') || asks('subtract')) return most - least;
  return most + least;
}

test.each(world.kinds)('%s: answers are true, and no answer is right for most', (kind) => {
  const random = uniformGenerator(5);
  const counts = new Map<string, number>();
  const wordings = new Set<string>();
  for (let i = 0; i < 600; i++) {
    const scene = world.scene(random, 'test');
    const asked = world.ask(scene, random, kind);
    if (!asked) {
      expect(scene.digits).toHaveLength(1);
      continue;
    }
    expect(String(answerTo(asked.question, scene)), asked.question).toBe(asked.answer);
    counts.set(asked.answer, (counts.get(asked.answer) ?? 0) + 1);
    wordings.add(asked.question.replace('?', ''));
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(300);
  expect(Math.max(...counts.values()) / total).toBeLessThan(0.35);
  expect(wordings.size).toBe(3);
});

test('items are drawn of each kind in turn, all over several digits', () => {
  const items = Array.from({ length: 50 }, (_, index) => drawItem(world, 'test', 0, index));
  expect(new Set(items.map(({ question }) => question.kind))).toEqual(new Set(world.kinds));
  for (const { scene } of items) expect(world.size(scene)).toBeGreaterThan(1);
});
