import type { GraphProto } from 'onnx-buf';
import { expect, test } from 'vitest';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { add, scatterND, where } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { withoutInputs } from '../../../nodes/onnx/imported/without-inputs.ts';
import { embedding, linear } from '../../../nodes/onnx/layers/linear.ts';
import { modelProto } from '../../../nodes/onnx/serialize.ts';

const TOKENS = symbol('tokens');

/** Embeddings of ids, joined with what a weight makes of pictures. */
function graphOf(join: (g: Graph, embedded: Handle, pictures: Handle, mask: Handle) => Handle): GraphProto {
  const g = new Graph({ precision: 'fp32', fused: false });
  const ids = g.input('ids', 'int64', [TOKENS]);
  const pictures = linear(g, 'projector', g.input('pictures', 'float32', [TOKENS, 8]), 4, { bias: false });
  const mask = g.input('mask', 'bool', [TOKENS, 1]);
  g.output('embeds', join(g, embedding(g, 'table', ids, 10, 4).embedded, pictures, mask));
  const { graph } = modelProto(g);
  if (!graph) throw new Error('it holds no graph');
  withoutInputs(graph, new Set(['pictures', 'mask', 'places']));
  return graph;
}

const ops = ({ node }: GraphProto) => node.map(({ opType }) => opType);

test.each([
  ['Where', (g: Graph, embedded: Handle, pictures: Handle, mask: Handle) => where(g, mask, pictures, embedded)],
  [
    'ScatterND',
    (g: Graph, embedded: Handle, pictures: Handle) =>
      scatterND(g, embedded, g.input('places', 'int64', [TOKENS, 1]), pictures),
  ],
] as const)('%s of nothing leaves what it is put into, under the name of the output', (_, join) => {
  const graph = graphOf(join);
  expect(ops(graph)).toEqual(['Gather', 'Identity']);
  expect(graph.node.at(-1)?.output).toEqual(['embeds']);
  expect(graph.input.map(({ name }) => name)).toContain('pictures');
});

test('what comes after goes on from it', () => {
  const graph = graphOf((g, embedded, pictures, mask) => add(g, where(g, mask, pictures, embedded), 1));
  expect(ops(graph)).toEqual(['Gather', 'Add']);
});

test('an output that is made of them stays as it was', () => {
  const graph = graphOf((g, embedded, pictures) => add(g, embedded, pictures));
  expect(ops(graph)).toEqual(['MatMul', 'Gather', 'Add']);
});
