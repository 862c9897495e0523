import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from '../../../graphs/format.ts';
import { arranged } from '../../../renderer/gallery/arranged.ts';
import { doneByRun, hasOwnPicture, ranOf } from '../../../renderer/guide/steps.ts';
import { setParam } from '../../../renderer/store/edits.ts';

const example = (name: string) => parse(readFileSync(`graphs/examples/${name}.json`, 'utf8'));

test('a run ticks only what it is proof of: another question, another connector', () => {
  const start = example('start');
  const first = ranOf(start);
  expect(doneByRun(first, undefined)).toEqual(['run']);
  expect(doneByRun(ranOf(setParam(start, 'llm', 'maxTokens', 3)), first)).toEqual(['run']);
  expect(doneByRun(ranOf(setParam(start, 'question', 'text', 'Why?')), first)).toEqual(['run', 'ask']);
  expect(doneByRun(ranOf(setParam(start, 'connector', 'design', 'linear')), first)).toEqual(['run', 'swap']);
});

test('a picture of one’s own is told from those that ship', () => {
  const start = example('start');
  expect(hasOwnPicture(start)).toBe(false);
  expect(hasOwnPicture(setParam(start, 'photo', 'source', 'picture:0123456789abcdef.png'))).toBe(true);
});

test('every example is drawn whole in its small picture, no box over another and wires from left to right', () => {
  const [width, height] = [244, 96];
  for (const file of readdirSync('graphs/examples').filter((name) => name.endsWith('.json'))) {
    const document = example(file.slice(0, -'.json'.length));
    const { boxes, wires, size } = arranged(document, width, height);
    expect(boxes.map(({ id }) => id).sort(), file).toEqual(Object.keys(document.nodes).sort());
    for (const [at, { x, y }] of boxes.entries()) {
      expect(Math.min(x, y, width - size - x + 1e-9, height - size - y + 1e-9), file).toBeGreaterThanOrEqual(0);
      for (const other of boxes.slice(at + 1))
        expect(Math.max(Math.abs(other.x - x), Math.abs(other.y - y)), `${file}: ${other.id}`).toBeGreaterThan(size);
    }
    for (const { from, to } of wires) expect(from.x, file).toBeLessThan(to.x);
  }
});
