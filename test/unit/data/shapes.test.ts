import { describe, expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { paintBackground } from '../../../nodes/training/data/background.ts';
import { WORDINGS } from '../../../nodes/training/data/shapes/language.ts';
import type { ShapesScene } from '../../../nodes/training/data/shapes/scene.ts';
import { shapes } from '../../../nodes/training/data/shapes/world.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import { answerShapes } from './answers.ts';
import { blindAccuracy, items, majority } from './balance.ts';
import { changed, shrink } from './pixels.ts';

const KINDS = ['circle', 'square', 'triangle', 'star'];
const COLOURS = ['red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'purple', 'pink'];
const SIZES = ['small', 'large'];
const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

function scenes(seed: number, count: number, split: Split = 'train'): ShapesScene[] {
  const random = uniformGenerator(seed);
  return Array.from({ length: count }, () => shapes.scene(random, split));
}

/** What is to be seen: every shape with the eighth of the width and height it lies in, in no order. */
function content(scene: ShapesScene): string {
  const parts = scene.shapes.map(
    ({ size, colour, kind, x, y }) => `${size}/${colour}/${kind}/${Math.floor(x / 8)}/${Math.floor(y / 8)}`,
  );
  return parts.sort().join();
}

describe('questions about shapes', () => {
  const pool = scenes(10, 3000);

  test.each(shapes.kinds)('%s: answers are true and balanced', (kind) => {
    const list = items(shapes, pool, uniformGenerator(11), kind, 4000);
    if (kind !== 'description')
      for (const { scene, question, answer } of list)
        expect(answerShapes(scene, kind, question), question).toBe(answer);
    expect(majority(list)).toBeLessThanOrEqual(kind === 'counting' ? 0.25 : 0.55);
    // Guessing by the question alone; a question of yes or no leaves one half to chance.
    expect(blindAccuracy(list)).toBeLessThanOrEqual(kind === 'counting' ? 0.3 : 0.56);
  });

  test('a description names every shape once, in one order whatever the order of painting', () => {
    const random = uniformGenerator(12);
    for (const scene of pool.slice(0, 500)) {
      const answer = shapes.ask(scene, random, 'description')?.answer ?? '';
      const parts = answer
        .split(/, | and /)
        .map((part) => /^(an?|\d) (\w+) (\w+) (\w+?)s?$/.exec(part)?.slice(1) ?? []);
      const named = parts.flatMap(([times = '', ...look]) => Array(Number(times) || 1).fill(look.join(' ')));
      const seen = scene.shapes.map(({ size, colour, kind }) => `${size} ${colour} ${kind}`);
      expect(named.sort()).toEqual(seen.sort());
      const turned = { ...scene, shapes: [...scene.shapes].reverse() };
      expect(shapes.ask(turned, random, 'description')?.answer).toBe(answer);
    }
  });

  /** As on a chessboard. */
  const cellAt = (column: number, row: number) => `${'abcdefgh'[column]} ${row + 1}`;

  test('each thing is told with its cell, in words of which none depends on its place', () => {
    for (const scene of pool.slice(0, 300)) {
      const things = scene.shapes.map(
        ({ size, colour, kind, x, y }) => `${size} ${colour} ${kind} ${cellAt(Math.floor(x / 8), Math.floor(y / 8))}`,
      );
      expect(shapes.things(scene)).toEqual(things);
      for (const thing of things) expect(new Set(thing.split(' ')).size).toBe(5);
    }
  });

  test('the words of a scene hold every shape with its cell', () => {
    const random = uniformGenerator(14);
    for (const scene of pool.slice(0, 300)) {
      const text = shapes.describe(scene, random);
      for (const { size, colour, kind, x, y } of scene.shapes) {
        const [look, cell] = [`${size} ${colour} ${kind}`, cellAt(Math.floor(x / 8), Math.floor(y / 8))];
        expect(text).toMatch(new RegExp(`${look} at ${cell}|${cell} : ${look}`));
      }
    }
  });

  test('told bare, a scene is told in the same words, without those between things and cells', () => {
    const bare = pool.slice(0, 300).map((scene, i) => {
      const [text, told] = [false, true].map((cells) => shapes.describe(scene, uniformGenerator(i), cells));
      expect(told?.replace(/ at/g, '')).toBe(text?.replace(/ at|(?<=[1-8]) :/g, ''));
      return told !== text;
    });
    // Two of the four wordings.
    expect(bare.filter(Boolean).length / bare.length).toBeCloseTo(0.5, 1);
  });

  test('relations and places follow from the cells alone', () => {
    for (const kind of ['relation', 'place'])
      for (const { scene, question, answer } of items(shapes, pool, uniformGenerator(16), kind, 500)) {
        const cells = scene.shapes.map((each) => ({ ...each, x: Math.floor(each.x / 8), y: Math.floor(each.y / 8) }));
        if (kind === 'place') expect(cells.map(({ x, y }) => cellAt(x, y))).toContain(answer);
        else {
          // Ten times as far apart, so that neighbouring cells are no close call.
          const apart = cells.map((each) => ({ ...each, x: each.x * 10, y: each.y * 10 }));
          expect(answerShapes({ ...scene, shapes: apart }, kind, question), question).toBe(answer);
        }
      }
  });

  test('the order of two cells is told by their names', () => {
    const list = items(shapes, pool, uniformGenerator(18), 'order', 1000);
    const wanted = { left: ['column', -1], right: ['column', 1], above: ['row', -1], below: ['row', 1] } as const;
    for (const { question, answer } of list) {
      const [a, b] = [...question.matchAll(/\b([a-h]) ([1-8])\b/g)].map(([, column = '', row = '']) => ({
        column: 'abcdefgh'.indexOf(column),
        row: Number(row),
      }));
      const word = question.match(/left|right|above|below|higher|lower|under|up|down/)?.[0] ?? '';
      const same = { higher: 'above', up: 'above', lower: 'below', under: 'below', down: 'below' } as const;
      const [axis, sign] = wanted[(same[word as keyof typeof same] ?? word) as keyof typeof wanted];
      expect((((a?.[axis] ?? 0) - (b?.[axis] ?? 0)) * sign > 0 ? 'yes' : 'no') === answer, question).toBe(true);
    }
    expect(majority(list)).toBeLessThanOrEqual(0.55);
  });

  test('what is not there mostly shares its colour or its kind with something that is', () => {
    const denied = items(shapes, pool, uniformGenerator(17), 'existence', 4000).flatMap(
      ({ scene, question, answer }) => {
        const colour = COLOURS.find((name) => question.includes(name));
        const kind = KINDS.find((name) => question.includes(name));
        return answer === 'no' && colour && kind ? [{ list: scene.shapes, colour, kind }] : [];
      },
    );
    const near = denied.filter(({ list, colour, kind }) =>
      list.some((one) => one.colour === colour || one.kind === kind),
    );
    expect(near.length / denied.length).toBeGreaterThan(0.8);
  });

  test('an unknown kind is refused, one that a scene does not allow is undefined', () => {
    const [scene] = pool;
    expect(() => shapes.ask(scene as ShapesScene, uniformGenerator(1), 'smell')).toThrow('smell');
    const single = pool.find(({ shapes: list }) => list.length === 1) as ShapesScene;
    expect(shapes.ask(single, uniformGenerator(1), 'relation')).toBeUndefined();
  });

  test('every wording has others', () => {
    for (const wordings of Object.values(WORDINGS)) expect(new Set(wordings).size).toBeGreaterThanOrEqual(3);
  });
});

describe('splits', () => {
  test('no scene is in two', () => {
    // Few of those that are hard to draw, beside many of the others: scenes of one shape would meet.
    const [train, validation, held] = SPLITS.map(
      (split) => new Set(scenes(31, split === 'train' ? 3000 : 250, split).map(content)),
    );
    for (const [one, other] of [
      [train, validation],
      [train, held],
      [validation, held],
    ] as const)
      expect([...(one ?? [])].filter((scene) => other?.has(scene))).toEqual([]);
  });

  test.each(SPLITS)('%s is fixed by its seed', (split) => {
    expect(scenes(32, 20, split)).toEqual(scenes(32, 20, split));
    expect(scenes(32, 20, split)).not.toEqual(scenes(33, 20, split));
  });
});

describe('pictures of shapes', () => {
  test('the centre of every shape has its colour, and the colour is near the one it is named after', () => {
    for (const scene of scenes(41, 400)) {
      const { data } = shapes.draw(scene, 64);
      for (const { x, y, paint } of scene.shapes) {
        const at = (Math.floor(y) * 64 + Math.floor(x)) * 3;
        const apart = paint.map((value, channel) => Math.abs((data[at + channel] ?? 0) - value));
        expect(Math.max(...apart)).toBeLessThanOrEqual(1);
      }
    }
  });

  test('most of every shape is to be seen', () => {
    for (const scene of scenes(42, 150)) {
      const whole = shapes.draw(scene, 128);
      for (const shape of scene.shapes) {
        const alone = shapes.draw({ ...scene, shapes: [shape] }, 128);
        const area = changed(alone, paintBackground(scene.background, 128));
        const hidden = new Set(changed(whole, alone));
        expect(area.filter((pixel) => !hidden.has(pixel)).length / area.length).toBeGreaterThan(0.58);
      }
    }
  });

  test('small and large are far apart in width', () => {
    for (const { shapes: list, background } of scenes(43, 40))
      for (const shape of list) {
        const alone = shapes.draw({ shapes: [{ ...shape, angle: 0 }], background }, 256);
        const columns = new Set(changed(alone, paintBackground(background, 256)).map((pixel) => pixel % 256));
        const [least, greatest] = shape.size === 'small' ? [8, 13] : [16, 25];
        expect(columns.size / 4).toBeGreaterThanOrEqual(least);
        expect(columns.size / 4).toBeLessThanOrEqual(greatest);
      }
  });

  test('a scene looks the same at 64 and at 256 pixels', () => {
    for (const scene of scenes(44, 60)) {
      const [small, large] = [shapes.draw(scene, 64), shrink(shapes.draw(scene, 256), 4)];
      const differences = small.data.map((value, i) => Math.abs(value - (large.data[i] ?? 0)));
      expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(2);
      expect(Math.max(...differences)).toBeLessThan(100);
    }
  });
});

describe('labels of patches', () => {
  test('agree with the pixels: nothing where nothing is drawn, something where most is', () => {
    for (const scene of scenes(51, 150)) {
      const { kind, colour, size } = shapes.patchLabels(scene, 8);
      const drawn = changed(shapes.draw(scene, 64), paintBackground(scene.background, 64));
      for (let cell = 0; cell < 64; cell++) {
        const inCell = drawn.filter((pixel) => Math.floor(pixel / 512) * 8 + Math.floor((pixel % 64) / 8) === cell);
        if (inCell.length === 0) expect(kind?.[cell]).toBe(0);
        if (inCell.length > 32) expect(kind?.[cell]).toBeGreaterThan(0);
        expect((kind?.[cell] ?? 0) > 0).toBe((colour?.[cell] ?? 0) > 0);
        expect((kind?.[cell] ?? 0) > 0).toBe((size?.[cell] ?? 0) > 0);
      }
    }
  });

  test.each([8, 16])('name every shape at its centre, on a grid of %i rows', (rows) => {
    const patch = 64 / rows;
    for (const scene of scenes(52, 150)) {
      const { kind, colour, size, centres } = shapes.patchLabels(scene, rows);
      const cellOf = ({ x, y }: { x: number; y: number }): number =>
        Math.floor(y / patch) * rows + Math.floor(x / patch);
      const cells = scene.shapes.map(cellOf);
      cells.forEach((cell, i) => {
        expect(centres?.[cell]).toBe(Math.min(2, cells.filter((other) => other === cell).length));
        const { x, y, kind: name, ...look } = scene.shapes[i] as ShapesScene['shapes'][number];
        const alone = shapes.patchLabels({ ...scene, shapes: scene.shapes.slice(i, i + 1) }, rows);
        // At the corner of a patch, its neighbours may hold more of the shape.
        if ([x, y].some((at) => Math.abs((at % patch) - patch / 2) > patch / 2 - 2)) return;
        expect(KINDS[(alone.kind?.[cell] ?? 0) - 1]).toBe(name);
        expect(COLOURS[(alone.colour?.[cell] ?? 0) - 1]).toBe(look.colour);
        expect(SIZES[(alone.size?.[cell] ?? 0) - 1]).toBe(look.size);
      });
      expect([...(centres ?? [])].filter(Boolean)).toHaveLength(new Set(cells).size);
      for (const labels of [kind, colour, size]) expect(labels).toHaveLength(rows * rows);
    }
  });

  test('stay within the classes that the world names', () => {
    for (const scene of scenes(53, 100))
      for (const [task, labels] of Object.entries(shapes.patchLabels(scene, 8)))
        expect(Math.max(...labels)).toBeLessThan(shapes.patchClasses[task] ?? 0);
  });
});
