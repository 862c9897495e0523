import { expect, test } from 'vitest';
import { override } from '../../../electron/cli/graph.ts';
import { parse } from '../../../graphs/format.ts';

const document = parse(
  JSON.stringify({
    schemaVersion: 1,
    title: 't',
    nodes: { question: { kind: 'prompt', params: { text: 'a' } }, tiles: { kind: 'tiler' } },
  }),
);

test('a value is JSON where the parameter takes it and text where it takes text', () => {
  const changed = override(document, ['question.text=42', 'tiles.unknown=[1, 2]', 'question.other=a=b']);
  expect(changed.nodes.question?.params).toEqual({ text: '42', other: 'a=b' });
  expect(changed.nodes.tiles?.params).toEqual({ unknown: [1, 2] });
  expect(document.nodes.question?.params).toEqual({ text: 'a' });
});

test.each([
  ['question.text', 'expected node.param=value'],
  ['qestion.text=x', 'there is no node "qestion"'],
])('%s is refused', (setting, message) => {
  expect(() => override(document, [setting])).toThrow(message);
});
