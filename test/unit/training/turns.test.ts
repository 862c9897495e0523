import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shippedModels } from '../../../electron/backend/paths.ts';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { shapes } from '../../../nodes/training/data/shapes/world.ts';
import { questionsAbout } from '../../../nodes/training/data/text.ts';
import { packedFeeds, packing } from '../../../nodes/training/tasks/packed.ts';
import { HIDDEN, OPENING, turns } from '../../../nodes/training/turns.ts';

const tokenizer = await loadTokenizer({ path: join(shippedModels(), 'tokenizer.json') }, (path) =>
  readFile(path, 'utf8'),
);
const LENGTH = 128;

function drawn(seed: number) {
  const random = uniformGenerator(seed);
  const scene = shapes.scene(random, 'train');
  return { scene, random, questions: questionsAbout(shapes, scene, random, 14) };
}

describe('questions about one scene in one sequence', () => {
  test('are each the conversation that a user would have alone', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { scene, random, questions } = drawn(seed);
      const opening = shapes.describe(scene, random);
      const all = turns(tokenizer, 'shapes', { text: opening }, questions, LENGTH);
      expect(all.answers.length).toBeGreaterThan(0);
      all.answers.forEach(({ from, to }, i) => {
        const alone = turns(tokenizer, 'shapes', { text: opening }, questions.slice(i, i + 1), LENGTH);
        const seen = [...all.turns.keys()].filter((at) => all.turns[at] === OPENING || all.turns[at] === i + 1);
        expect(seen.map((at) => all.ids[at])).toEqual([...alone.ids.slice(0, seen.length)]);
        expect(seen.map((at) => all.positions[at])).toEqual([...seen.keys()]);
        const [only] = alone.answers;
        expect([...all.targets.slice(from, to)]).toEqual([...alone.targets.slice(only?.from, only?.to)]);
        expect([...all.weights.slice(from, to)]).toEqual([...alone.weights.slice(only?.from, only?.to)]);
      });
    }
  });

  test('count by their answers alone, and what is left of the sequence is hidden', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { questions } = drawn(seed);
      const { ids, turns: turnOf, weights, answers } = turns(tokenizer, 'shapes', { text: '' }, questions, LENGTH);
      const counted = new Set(answers.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));
      weights.forEach((weight, at) => {
        expect(weight > 0).toBe(counted.has(at));
      });
      turnOf.forEach((turn, at) => {
        if (turn === HIDDEN) expect(ids[at]).toBe(0);
      });
      expect(turnOf.indexOf(HIDDEN) === -1 || turnOf.indexOf(HIDDEN) === answers.at(-1)?.to).toBe(true);
    }
  });

  test('ask, where they name a thing, for its place, as often for the column as for the row', () => {
    const said = { column: 0, row: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      const { scene, questions } = drawn(seed);
      const { ids, targets, weights, answers } = turns(tokenizer, 'shapes', { text: '' }, questions, LENGTH, 0.3);
      const words = (from: number, to: number) => tokenizer.decode([...ids.slice(from, to)]);
      let begin = 1;
      for (const { from, to } of answers) {
        for (let at = begin; at < from; at++) {
          if (weights[at] === 0) continue;
          expect(weights[at]).toBeCloseTo(0.3);
          const place = tokenizer.decode([targets[at] as number]);
          const named = words(begin, at + 1).split(' ');
          const like = scene.shapes.filter(
            ({ kind, colour }) => named.at(-1) === kind || named.at(-2) === colour || named.at(-3) === colour,
          );
          const cells = like.map(({ x, y }) => ['abcdefgh'[Math.floor(x / 8)], String(Math.floor(y / 8) + 1)]);
          expect(cells.flat(), words(begin, at + 1)).toContain(place);
          said[/[a-h]/.test(place) ? 'column' : 'row'] += 1;
        }
        begin = to;
      }
    }
    expect(said.column / (said.column + said.row)).toBeGreaterThan(0.4);
    expect(said.column / (said.column + said.row)).toBeLessThan(0.6);
  });

  test('stand after what is told in tokens of its own', () => {
    const { questions } = drawn(1);
    const plain = turns(tokenizer, 'shapes', { text: '' }, questions, LENGTH);
    const moved = turns(tokenizer, 'shapes', { text: '', beside: 40 }, questions, LENGTH);
    const last = plain.turns.indexOf(HIDDEN);
    const text = (positions: Int32Array) => [...positions.slice(1, last === -1 ? LENGTH : last)];
    expect(text(moved.positions)).toEqual(text(plain.positions).map((at) => at + 40));
    expect(moved.positions[0]).toBe(0);
  });
});

describe('a scene in one token a thing', () => {
  test('holds the words of every thing once, at places of their own before the questions', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { scene, random } = drawn(seed);
      const things = shapes.things(scene) ?? [];
      const packed = packing(tokenizer, things, random);
      const told = packed.words.filter((words) => words.some((id) => id !== 0)).map((words) => words.join());
      expect(told.sort()).toEqual(things.map((thing) => tokenizer.encode(thing).join()).sort());
      expect(new Set(packed.positions).size).toBe(packed.words.length);
      expect(Math.min(...packed.positions)).toBeGreaterThan(0);
      expect(Math.max(...packed.positions)).toBeLessThanOrEqual(packed.span);
    }
  });

  test('is hidden where the scene is told in words', () => {
    const { scene, random } = drawn(2);
    const packed = packing(tokenizer, shapes.things(scene) ?? [], random);
    const { thing_turns, thing_weights } = packedFeeds([undefined, packed]);
    const [hidden, shown] = [0, 1].map((row) =>
      Array.from(thing_turns?.data ?? [], Number).slice(row * 12, row * 12 + 12),
    );
    expect(new Set(hidden)).toEqual(new Set([HIDDEN]));
    expect(shown?.filter((turn) => turn === OPENING)).toHaveLength(packed.words.length);
    expect(Array.from(thing_weights?.data ?? [], Number).slice(0, 60)).toEqual(Array(60).fill(0));
  });
});
