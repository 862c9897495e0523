import { describe, expect, it } from 'vitest';
import { addDims, evaluate, mulDims, symbol } from '../../../nodes/onnx/dims.ts';
import {
  add,
  argMax,
  concat,
  cumSum,
  dimension,
  expand,
  full,
  gather,
  gatherElements,
  gatherND,
  greater,
  ifElse,
  ints,
  less,
  loop,
  mul,
  range,
  reduceMean,
  reduceSum,
  reshape,
  resize,
  scalar,
  scatterElements,
  shapeOf,
  slice,
  softmax,
  split,
  squeeze,
  topK,
  transpose,
  unsqueeze,
  where,
} from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { cacheLengths, causalAttention, type KeyValue } from '../../../nodes/onnx/layers/attention.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { difference, floats, int64s, runGraph } from '../../helpers/onnx.ts';

const [batch, tokens, steps] = [symbol('batch'), symbol('tokens'), symbol('steps')];

describe('shapes', () => {
  const sizes = { batch: 2, tokens: 6 };
  const x = floats([2, 6, 4]);

  const cases: Readonly<Record<string, (g: Graph, x: Handle) => Handle>> = {
    transpose: (g, x) => transpose(g, x, [0, 2, 1]),
    'reshape, one size left to be found': (g, x) => reshape(g, x, [mulDims(batch, tokens), 4]),
    'reshape, sizes in another order': (g, x) => reshape(g, x, [tokens, batch, 2, 2]),
    'unsqueeze and squeeze': (g, x) => squeeze(g, unsqueeze(g, x, [1, -1]), [1]),
    'expand to a sum of sizes': (g, x) => expand(g, unsqueeze(g, x, [1]), [batch, addDims(batch, 3), tokens, 4]),
    full: (g, x) => full(g, [batch, addDims(mulDims(2, tokens), 1)], 3, 'float32', [x]),
    concat: (g, x) => concat(g, [x, x, slice(g, x, 1, 0, 2)], 1),
    split: (g, x) => split(g, x, [1, 3], -1)[1] as Handle,
    'slice from the end': (g, x) => slice(g, x, 1, -3),
    'slice without the last': (g, x) => slice(g, x, 1, 0, -1),
    'slice by a size': (g, x) => slice(g, concat(g, [x, x], 1), 1, shapeOf(g, x, 1, 2)),
    'slice with a step': (g, x) => slice(g, x, 2, 0, undefined, { step: 2 }),
    gather: (g, x) => gather(g, x, ints(g, [0, 2]), 1),
    'gather elements': (g, x) => gatherElements(g, x, topK(g, x, 2).indices, 2),
    'gather by tuples': (g, x) => gatherND(g, x, g.constant(int64s([3, 2], [0, 1, 1, 0, 1, 2]))),
    'scatter elements': (g, x) => {
      const top = topK(g, x, 2);
      return scatterElements(g, x, top.indices, mul(g, top.values, 0), 2);
    },
    range: (g, x) => range(g, dimension(g, x, 0), add(g, dimension(g, x, 1), 2)),
    'mean that keeps its axis': (g, x) => reduceMean(g, x, [-1]),
    'sum that drops its axes': (g, x) => reduceSum(g, x, [0, 2], { keep: false }),
    argmax: (g, x) => argMax(g, x, -1),
    'cumulative sum': (g, x) => cumSum(g, softmax(g, x), -1, { exclusive: true }),
    'broadcast comparison': (g, x) => where(g, greater(g, x, reduceMean(g, x, [-1])), x, 0),
    resize: (g, x) => resize(g, reshape(g, x, [batch, 1, tokens, 4]), [7, mulDims(2, tokens)], 'linear', [x]),
    'a shape is known while building': (g, x) =>
      expand(g, unsqueeze(g, slice(g, x, 2, 0, 1), [0]), [3, batch, tokens, 4]),
  };

  it.each(Object.entries(cases))('%s: as inferred', async (_, make) => {
    const g = new Graph();
    const result = make(g, g.input('x', 'float32', [batch, tokens, 4]));
    g.output('y', result);
    const { y } = await runGraph(g, { x });
    expect(y?.dims).toEqual(result.shape.map((dim) => evaluate(dim, sizes)));
    expect(y?.dtype).toBe(result.dtype);
  });
});

describe('bodies', () => {
  it('a loop carries values, stacks rows, stops when told, and reads what is outside', async () => {
    const g = new Graph();
    const limit = g.input('limit', 'int64', []);
    const { carried, scanned } = loop(g, {
      trips: scalar(g, 100, 'int64'),
      tripCount: steps,
      carried: [scalar(g, 1, 'int64')],
      step: (body, [state], iteration) => {
        const next = add(body, state as Handle, state as Handle);
        return { proceed: less(body, next, limit), carried: [next], scanned: [iteration, next] };
      },
    });
    g.output('last', carried[0] as Handle);
    g.output('iterations', scanned[0] as Handle);
    g.output('powers', scanned[1] as Handle);
    const { last, iterations, powers } = await runGraph(g, { limit: int64s([], [30]) });
    expect(last?.data).toEqual(BigInt64Array.of(32n));
    expect(iterations?.data).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n, 4n));
    expect(powers?.data).toEqual(BigInt64Array.of(2n, 4n, 8n, 16n, 32n));
  });

  it('weights made inside a loop exist once, and are the same in every iteration', async () => {
    const once = new Graph();
    once.output('y', linear(once, 'step', linear(once, 'first', once.input('x', 'float32', [1, 8]), 8), 8));
    const g = new Graph();
    const { carried } = loop(g, {
      trips: scalar(g, 2, 'int64'),
      tripCount: 2,
      carried: [linear(g, 'first', g.input('x', 'float32', [1, 8]), 8)],
      step: (body, [state]) => ({ carried: [linear(body, 'step', state as Handle, 8)] }),
    });
    g.output('y', linear(g, 'last', carried[0] as Handle, 8));
    expect(g.params.map(({ name }) => name)).toEqual(
      ['first', 'step', 'last'].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    );
    expect((await runGraph(g, { x: floats([1, 8]) })).y?.dims).toEqual([1, 8]);
  });

  it.each([true, false])('a decoder in a loop gives what one pass over all tokens gives (fused: %s)', async (fused) => {
    const x = floats([2, 6, 32]);
    const attention = (g: Graph, x: Handle, past: KeyValue) =>
      causalAttention(g, 'attention', x, { heads: 4, kvHeads: 2, past, lengths: cacheLengths(g, x, past.key) });
    const empty = (g: Graph, x: Handle) => full(g, [batch, 2, 0, 8], 0, 'float32', [x]);

    const whole = new Graph({ precision: 'fp32', fused });
    const all = whole.input('x', 'float32', [batch, tokens, 32]);
    whole.output('y', attention(whole, all, { key: empty(whole, all), value: empty(whole, all) }).output);

    // The first iteration takes the first three tokens, later ones one each.
    const g = new Graph({ precision: 'fp32', fused });
    const sequence = g.input('x', 'float32', [batch, tokens, 32]);
    const [now, past] = [symbol('now'), symbol('past')];
    const cache = [batch, 2, past, 8];
    const { carried } = loop(g, {
      trips: scalar(g, 4, 'int64'),
      tripCount: 4,
      carried: [slice(g, sequence, 1, 0, 3), slice(g, sequence, 1, 0, 0), empty(g, sequence), empty(g, sequence)],
      inside: [[batch, now, 32], [batch, past, 32], cache, cache],
      after: [
        [batch, 0, 32],
        [batch, tokens, 32],
        [batch, 2, tokens, 8],
        [batch, 2, tokens, 8],
      ],
      step: (body, [chunk, done, key, value]) => {
        const [x, outputs] = [chunk as Handle, done as Handle];
        const { output, present } = attention(body, x, { key: key as Handle, value: value as Handle });
        const seen = shapeOf(body, present.key, 2, 3);
        const next = slice(body, sequence, 1, seen, add(body, seen, 1));
        return { carried: [next, concat(body, [outputs, output], 1), present.key, present.value] };
      },
    });
    g.output('y', carried[1] as Handle);
    const [expected, stepped] = await Promise.all([whole, g].map((graph) => runGraph(graph, { x })));
    expect(difference(stepped?.y, expected?.y)).toBeLessThan(1e-5);
  });

  it('an If runs the branch its condition picks', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [3]);
    const positive = greater(g, reduceSum(g, x, [0], { keep: false }), 0);
    const [y] = ifElse(
      g,
      positive,
      (branch) => [mul(branch, x, 2)],
      () => [x],
    );
    g.output('y', y as Handle);
    const run = async (values: number[]) =>
      (await runGraph(g, { x: { dtype: 'float32', dims: [3], data: Float32Array.from(values) } })).y?.data;
    expect(await run([1, 2, 3])).toEqual(Float32Array.of(2, 4, 6));
    expect(await run([-1, -2, -3])).toEqual(Float32Array.of(-1, -2, -3));
  });
});

describe('a serialised model', () => {
  it('gives the same from one file of weights or from several', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [batch, 64]);
    g.output('y', linear(g, 'third', linear(g, 'second', linear(g, 'first', x, 96), 33), 16));
    const files = (fileBytes?: number) => buildModel(g, fileBytes ? { fileBytes } : {}).files;
    expect(files().map(({ path }) => path)).toEqual(['weights-0.bin']);
    const several = files(20_000);
    expect(several.map(({ path }) => path)).toEqual(['weights-0.bin', 'weights-1.bin']);
    // The first tensor is larger than a file may be: it has one of its own.
    expect(several.map(({ entries }) => entries.map(({ spec }) => spec.name))).toEqual([
      ['first.weight'],
      ['first.bias', 'second.weight', 'second.bias', 'third.weight', 'third.bias'],
    ]);
    for (const { entries } of several) for (const { offset } of entries) expect(offset % 64).toBe(0);
    const feeds = { x: floats([3, 64]) };
    const [one, two] = await Promise.all([runGraph(g, feeds), runGraph(g, feeds, { fileBytes: 20_000 })]);
    expect(difference(one.y, two.y)).toBe(0);
  });

  it('an input, a constant, a weight, and one value under two names can be outputs', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2]);
    const doubled = add(g, x, x);
    g.output('same', x);
    g.output('constant', ints(g, [7]));
    g.output('weight', g.param('w', [2], { kind: 'constant', value: 3 }));
    g.output('first', doubled);
    g.output('second', doubled);
    const outputs = await runGraph(g, { x: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) } });
    expect(
      Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)])),
    ).toEqual({
      same: [1, 2],
      constant: [7],
      weight: [3, 3],
      first: [2, 4],
      second: [2, 4],
    });
  });
});
