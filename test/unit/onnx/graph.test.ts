import { describe, expect, it } from 'vitest';
import { addDims, mulDims, symbol } from '../../../nodes/onnx/dims.ts';
import {
  add,
  concat,
  dimension,
  expand,
  ints,
  loop,
  matmul,
  reshape,
  scalar,
  shapeOf,
} from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { cacheLengths, causalAttention } from '../../../nodes/onnx/layers/attention.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';

const [batch, tokens, past] = [symbol('batch'), symbol('tokens'), symbol('past')];

function sequence() {
  const g = new Graph();
  return { g, x: g.input('x', 'float32', [batch, tokens, 8]) };
}

describe('a graph under construction', () => {
  it('names the operator, its place and the shapes of a mistake', () => {
    const { g, x } = sequence();
    const wrong = () => g.scope('layers.3', () => matmul(g, x, g.input('w', 'float32', [4, 8])));
    expect(wrong).toThrow('layers.3.MatMul over [batch, tokens, 8] [4, 8]: the inner dimensions differ: 8 and 4');
  });

  it('refuses shapes that only might be equal', () => {
    const { g, x } = sequence();
    expect(() => add(g, x, g.input('y', 'float32', [batch, past, 8]))).toThrow('tokens and past do not broadcast');
    expect(() => concat(g, [x, g.input('z', 'float32', [batch, tokens, 4])], 1)).toThrow('differ in more than axis 1');
    expect(() => reshape(g, x, [batch, 7])).toThrow('elements do not fit');
  });

  it('knows the elements of shapes, and of sums and products of them', () => {
    const { g, x } = sequence();
    const shape = concat(g, [shapeOf(g, x, 0, 2), ints(g, [3])], 0);
    expect(shape.value?.map(String)).toEqual(['batch', 'tokens', '3']);
    expect(add(g, dimension(g, x, 1), 1).value?.map(String)).toEqual(['tokens + 1']);
  });

  it('says which dimension cannot be found at run time', () => {
    const { g, x } = sequence();
    expect(() => expand(g, x, [past, batch, tokens, 8])).toThrow('no tensor at hand has the dimension past');
    const sum = expand(g, x, [addDims(mulDims(2, batch), tokens), batch, tokens, 8]);
    expect(String(sum.shape[0])).toBe('2*batch + tokens');
  });

  it('lets a cache grow by the new tokens', () => {
    const { g, x } = sequence();
    const cache = g.input('cache', 'float32', [batch, 2, past, 4]);
    const { present } = causalAttention(g, 'attention', x, {
      heads: 2,
      past: { key: cache, value: cache },
      lengths: cacheLengths(g, x, cache),
    });
    expect(present.key.shape.map(String)).toEqual(['batch', '2', `${addDims(past, tokens)}`, '4']);
  });

  it('refuses the same parameter twice', () => {
    const { g, x } = sequence();
    linear(g, 'head', x, 8);
    expect(() => linear(g, 'head', x, 8)).toThrow('"head.weight" is made twice');
  });

  it('refuses an output that has the name of another', () => {
    const { g, x } = sequence();
    expect(() => g.output('x', x)).toThrow('"x"');
    g.output('y', add(g, x, 1));
    expect(() => g.output('y', add(g, x, 2))).toThrow('"y"');
  });

  it('refuses a loop that hands on other types than it carries', () => {
    const { g, x } = sequence();
    const options = { trips: scalar(g, 2, 'int64'), tripCount: 2, carried: [x] };
    const wrong = () => loop(g, { ...options, step: (_, __, iteration) => ({ carried: [iteration] }) });
    expect(wrong).toThrow('carries float32 must hand on the same, not int64');
  });

  it('names parameters by the modules they are in, loops included', () => {
    const { g, x } = sequence();
    g.scope('decoder', () =>
      loop(g, {
        trips: scalar(g, 2, 'int64'),
        tripCount: 2,
        carried: [x],
        step: (body, [state]) => ({ carried: [body.scope('layers.0', () => linear(body, 'up', state as Handle, 8))] }),
      }),
    );
    expect(g.params.map(({ name }) => name)).toEqual(['decoder.layers.0.up.weight', 'decoder.layers.0.up.bias']);
  });
});
