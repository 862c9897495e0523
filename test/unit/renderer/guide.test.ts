import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { GraphDocument } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { arranged } from '../../../renderer/gallery/arranged.ts';
import { after, type Deed, deedsIn, type Question } from '../../../renderer/guide/steps.ts';
import { addNode, setParam } from '../../../renderer/store/edits.ts';

const example = (name: string) => parse(readFileSync(`graphs/examples/${name}.json`, 'utf8'));

test('an edit is told for what it is: a question, a picture of one’s own, another connector', () => {
  const start = example('start');
  const deeds = (now: GraphDocument) => [...deedsIn(start, now)];
  expect(deeds(setParam(start, 'question', 'text', 'Why?'))).toEqual(['wrote']);
  expect(deeds(setParam(start, 'question', 'system', 'Be brief.'))).toEqual([]);
  expect(deeds(setParam(start, 'photo', 'source', 'picture:0123456789abcdef.png'))).toEqual(['added']);
  expect(deeds(setParam(start, 'photo', 'source', 'example:shapes-002'))).toEqual([]);
  expect(deeds(setParam(start, 'connector', 'model', 'tiny:linear'))).toEqual(['swapped']);
  expect(deeds(setParam(start, 'llm', 'maxTokens', 3))).toEqual([]);
  const dropped = setParam(addNode(start, 'mine', 'image', [0, 0]), 'mine', 'source', 'picture:mine.png');
  expect(deeds(dropped)).toEqual(['added']);
  const pasted = setParam(addNode(start, 'more', 'prompt', [0, 0]), 'more', 'text', 'Pasted');
  expect(deeds(pasted)).toEqual([]);
});

test('an edit in a subgraph counts as one beside it', () => {
  const whole = { ...example('start'), subgraphs: { inner: { title: 'Inner', nodes: example('start').nodes } } };
  const { nodes } = setParam(example('start'), 'connector', 'model', 'tiny:linear');
  expect([...deedsIn(whole, { ...whole, subgraphs: { inner: { title: 'Inner', nodes } } })]).toEqual(['swapped']);
});

const taken = (...deeds: Deed[]) => {
  let question: Question = 'none';
  return deeds.flatMap((deed) => {
    const outcome = after(question, deed);
    question = outcome.question;
    return outcome.steps;
  });
};

test('a question counts once a run that began after it has finished, not one of a graph that was opened', () => {
  expect(taken('started', 'finished')).toEqual(['run']);
  expect(taken('wrote', 'started', 'finished')).toEqual(['run', 'ask']);
  expect(taken('started', 'wrote', 'finished')).toEqual(['run']);
  expect(taken('started', 'wrote', 'finished', 'started', 'finished')).toEqual(['run', 'run', 'ask']);
  // The first run failed.
  expect(taken('wrote', 'started', 'started', 'finished')).toEqual(['run', 'ask']);
  expect(taken('wrote', 'opened', 'started', 'finished')).toEqual(['run']);
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
