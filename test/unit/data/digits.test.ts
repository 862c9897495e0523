import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { paintBackground } from '../../../nodes/training/data/background.ts';
import { loadDigitImages } from '../../../nodes/training/data/digits/images.ts';
import type { DigitsScene } from '../../../nodes/training/data/digits/scene.ts';
import { loadDigits } from '../../../nodes/training/data/digits/world.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import { blindAccuracy, items, majority } from './balance.ts';
import { changed, shrink } from './pixels.ts';

const readText = (path: string): Promise<string> => readFile(path, 'utf8');
const digits = await loadDigits(readText);
const images = await loadDigitImages(readText);
const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

function scenes(seed: number, count: number, split: Split = 'train'): DigitsScene[] {
  const random = uniformGenerator(seed);
  return Array.from({ length: count }, () => digits.scene(random, split));
}

/** The answer of someone who reads the digits by where they stand. */
function answer(scene: DigitsScene, kind: string, question: string): string {
  const values = [...scene.digits].sort((a, b) => a.x - b.x).map(({ image }) => image.digit);
  const asked = Number(/\d/.exec(question)?.[0]);
  const answers: Record<string, () => string | number> = {
    read: () => values.join(''),
    sum: () => values.reduce((sum, value) => sum + value),
    largest: () => values.toSorted().at(-1) ?? '',
    count: () => values.filter((value) => value === asked).length,
    length: () => values.length,
  };
  return String(answers[kind]?.());
}

describe('pictures of digits', () => {
  test('10,000 are shared out, a tenth of every digit each to validation and test', () => {
    expect(SPLITS.flatMap((split) => images[split].flat())).toHaveLength(10_000);
    for (const split of ['validation', 'test'] as const)
      for (const list of images[split]) expect(Math.abs(list.length - 100)).toBeLessThan(30);
  });

  test('none is in two splits, not even as a copy', () => {
    const inks = new Map<string, Split>();
    for (const split of SPLITS)
      for (const { ink } of images[split].flat()) {
        const key = Buffer.from(ink).toString('latin1');
        expect(inks.get(key) ?? split).toBe(split);
        inks.set(key, split);
      }
  });

  test('a scene takes its digits from its split', () => {
    for (const split of SPLITS) {
      const own = new Set(images[split].flat());
      for (const scene of scenes(1, 300, split))
        for (const { image } of scene.digits) expect(own.has(image)).toBe(true);
    }
  });
});

describe('questions about digits', () => {
  test.each(digits.kinds)('%s: answers are true and balanced', (kind) => {
    const list = items(digits, scenes(2, 4000), uniformGenerator(3), kind, 4000);
    for (const { scene, question, answer: given } of list) expect(answer(scene, kind, question), question).toBe(given);
    expect(majority(list)).toBeLessThanOrEqual(0.55);
    expect(blindAccuracy(list)).toBeLessThanOrEqual(0.45);
  });

  test('the words of a scene hold its digits in reading order, or with their columns', () => {
    const random = uniformGenerator(3);
    let placed = 0;
    for (const scene of scenes(4, 400)) {
      const read = answer(scene, 'read', '');
      const described = digits.describe(scene, random);
      const columns = [...described.matchAll(/(\d) at ([a-h])/g)].map(([, digit = '', column = '']) => column + digit);
      if (columns.length > 0) placed += 1;
      const told = columns.length > 0 ? columns.sort().map((each) => each[1]) : described.match(/\d/g);
      expect(told?.join('')).toBe(read);
      expect(digits.caption(scene, random).match(/\d/g)?.join('')).toBe(read);
    }
    expect(placed / 400).toBeGreaterThan(0.35);
  });

  test('each digit is told with its column, where no two share one', () => {
    const told = scenes(6, 400).map((scene) => ({ scene, things: digits.things(scene) }));
    for (const { scene, things } of told) {
      const columns = scene.digits.map(({ x }) => 'abcdefgh'[Math.floor(x / 8)]);
      expect(things).toEqual(
        new Set(columns).size < columns.length
          ? undefined
          : scene.digits.map(({ image }, i) => `${image.digit} ${columns[i]}`),
      );
    }
    expect(told.filter(({ things }) => things).length / told.length).toBeGreaterThan(0.9);
  });

  test('an unknown kind is refused', () => {
    expect(() => digits.ask(scenes(5, 1)[0] as DigitsScene, uniformGenerator(1), 'smell')).toThrow('smell');
  });
});

describe('scenes of digits', () => {
  test('are fixed by their seed', () => {
    for (const split of SPLITS) expect(scenes(6, 30, split)).toEqual(scenes(6, 30, split));
    expect(scenes(6, 30)).not.toEqual(scenes(7, 30));
  });

  test('the ink of each digit stands apart from the others, left to right, inside the picture', () => {
    for (const scene of scenes(8, 100)) {
      const ground = paintBackground(scene.background, 64);
      const columns = scene.digits.map((digit) => {
        const pixels = changed(digits.draw({ ...scene, digits: [digit] }, 64), ground);
        // Faint ink at the edge of a stroke does not make two digits touch.
        return pixels.map((pixel) => pixel % 64).sort((a, b) => a - b);
      });
      columns.forEach((list, i) => {
        expect(list.length).toBeGreaterThan(8);
        const before = columns[i - 1];
        if (before) expect((list[0] ?? 0) - (before.at(-1) ?? 0)).toBeGreaterThanOrEqual(-3);
      });
      for (let i = 1; i < scene.digits.length; i++)
        expect(scene.digits[i]?.x).toBeGreaterThan((scene.digits[i - 1]?.x ?? 0) + 3);
    }
  });

  test('ink is 14 to 26 pixels of 64 for a full picture, smaller only where four would not fit', () => {
    const scales = scenes(9, 1000).flatMap((scene) => scene.digits.map(({ scale }) => scale * 20));
    expect(Math.max(...scales)).toBeLessThanOrEqual(26);
    expect(Math.min(...scales)).toBeGreaterThan(11);
    expect(scales.filter((size) => size < 14).length / scales.length).toBeLessThan(0.05);
  });

  test('look the same at 64 and at 256 pixels', () => {
    for (const scene of scenes(10, 40)) {
      const [small, large] = [digits.draw(scene, 64), shrink(digits.draw(scene, 256), 4)];
      const differences = small.data.map((value, i) => Math.abs(value - (large.data[i] ?? 0)));
      expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(2);
      expect(Math.max(...differences)).toBeLessThan(60);
    }
  });

  test('patches are labelled where the ink is', () => {
    for (const scene of scenes(11, 100)) {
      const { digit, centres } = digits.patchLabels(scene, 8);
      const ground = paintBackground(scene.background, 64);
      const picture = digits.draw(scene, 64);
      const drawn = changed(picture, ground);
      const cellOf = (pixel: number): number => Math.floor(pixel / 512) * 8 + Math.floor((pixel % 64) / 8);
      const inked = new Set(drawn.map(cellOf));
      // Pixels that are ink all over.
      const full = drawn.filter((pixel) =>
        scene.ink.every((value, channel) => Math.abs((picture.data[pixel * 3 + channel] ?? 0) - value) < 24),
      );
      digit?.forEach((label, cell) => {
        if (label > 0) expect(inked.has(cell)).toBe(true);
        if (full.filter((pixel) => cellOf(pixel) === cell).length > 12) expect(label).toBeGreaterThan(0);
      });
      const present = new Set(scene.digits.map(({ image }) => image.digit + 1));
      expect(new Set(digit?.filter((label) => label > 0))).toEqual(present);
      expect(centres?.reduce((sum, value) => sum + value, 0)).toBe(scene.digits.length);
    }
  });
});
