import { describe, expect, it } from 'vitest';
import { addDims, type Dim, evaluate, symbol } from '../../../nodes/onnx/dims.ts';
import { cast, matmul, reshape, slice, transpose } from '../../../nodes/onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../../../nodes/onnx/graph.ts';
import {
  attend,
  cacheLengths,
  causalAttention,
  crossAttention,
  selfAttention,
} from '../../../nodes/onnx/layers/attention.ts';
import { embedding, linear, patchEmbedding, tiedHead } from '../../../nodes/onnx/layers/linear.ts';
import { activation, mlp, swiglu } from '../../../nodes/onnx/layers/mlp.ts';
import { layerNorm, rmsNorm, skipLayerNorm, skipRmsNorm } from '../../../nodes/onnx/layers/norm.ts';
import { rotary, rotary2d, rotaryFrequencies, rotaryMultimodal, rotate } from '../../../nodes/onnx/layers/rotary.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { boldWeights, difference, floats, int64s, runGraph } from '../../helpers/onnx.ts';

type Inputs = Readonly<Record<string, { readonly shape: readonly Dim[]; readonly tensor: Tensor }>>;
type Make = (g: Graph, inputs: Readonly<Record<string, Handle>>) => Readonly<Record<string, Handle>>;

const [batch, tokens, past, total] = ['batch', 'tokens', 'past', 'total'].map(symbol) as [Dim, Dim, Dim, Dim];
const WIDTH = 64;

/** Input `x` of 2 sequences of 5 tokens. */
const sequence: Inputs = { x: { shape: [batch, tokens, WIDTH], tensor: floats([2, 5, WIDTH]) } };

function built(options: Partial<GraphOptions>, inputs: Inputs, make: Make): Graph {
  const g = new Graph({ precision: 'fp32', fused: true, ...options });
  const handles = Object.entries(inputs).map(([name, { shape, tensor }]) => [name, g.input(name, tensor.dtype, shape)]);
  for (const [name, handle] of Object.entries(make(g, Object.fromEntries(handles)))) g.output(name, handle);
  return g;
}

/** The first `count` elements. */
function numbers(tensor: Tensor | undefined, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(tensor?.data[index]));
}

/** What the symbols of the inputs stand for. */
function bindingsOf(inputs: Inputs): Record<string, number> {
  const bindings: Record<string, number> = {};
  for (const { shape, tensor } of Object.values(inputs)) {
    shape.forEach((dim, axis) => {
      if (typeof dim !== 'number') bindings[`${dim}`] = tensor.dims[axis] ?? 0;
    });
  }
  return bindings;
}

/** Runs fused and in plain operators: equal within 1e-4, and of the shapes that were inferred. Returns the fused outputs. */
async function expectTwins(inputs: Inputs, make: Make, options: Partial<GraphOptions> = {}) {
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { tensor }]) => [name, tensor]));
  const graphs = [true, false].map((fused) => built({ ...options, fused }, inputs, make));
  const [fused, plain] = await Promise.all(graphs.map((graph) => runGraph(graph, feeds, { weights: boldWeights })));
  for (const graph of graphs) {
    for (const { name, handle } of graph.outputs) {
      const expected = handle.shape.map((dim) => evaluate(dim, bindingsOf(inputs)));
      expect((graph.options.fused ? fused : plain)?.[name]?.dims, name).toEqual(expected);
    }
  }
  for (const name of Object.keys(fused ?? {}))
    expect(difference(fused?.[name], plain?.[name]), name).toBeLessThan(1e-4);
  expect(graphs[0]?.params).toEqual(graphs[1]?.params);
  expect(graphs[1]?.nodes.map((node) => node.domain)).not.toContain('com.microsoft');
  return fused ?? {};
}

describe('fused layers equal their twins in plain operators', () => {
  it.each(['gelu', 'gelu-tanh', 'quick-gelu', 'relu', 'silu', 'squared-relu'] as const)(
    'activation %s',
    async (kind) => {
      await expectTwins(sequence, (g, { x }) => ({ y: activation(g, kind, x as Handle) }));
    },
  );

  it('layer and RMS norm, with and without a skip', async () => {
    const inputs = { ...sequence, skip: { shape: [batch, tokens, WIDTH], tensor: floats([2, 5, WIDTH], 2) } };
    await expectTwins(inputs, (g, { x, skip }) => {
      const [a, b] = [x as Handle, skip as Handle];
      const layer = skipLayerNorm(g, 'skip_layer', a, b);
      const rms = skipRmsNorm(g, 'skip_rms', a, b);
      return {
        layer: layerNorm(g, 'layer', a),
        rms: rmsNorm(g, 'rms', a),
        skipLayer: layer.normalised,
        skipLayerSum: layer.sum,
        skipRms: rms.normalised,
        skipRmsSum: rms.sum,
      };
    });
  });

  it('feed-forward layers', async () => {
    await expectTwins(sequence, (g, { x }) => ({
      mlp: mlp(g, 'mlp', x as Handle, { inner: 96, activation: 'gelu' }),
      swiglu: swiglu(g, 'swiglu', x as Handle, { inner: 96 }),
    }));
  });

  it('rotary embeddings: one, two and three positions a token', async () => {
    const positions = int64s([2, 5], [0, 1, 2, 3, 4, 7, 8, 9, 30, 31]);
    const inputs = {
      ...sequence,
      positions: { shape: [batch, tokens], tensor: positions },
      columns: { shape: [batch, tokens], tensor: int64s([2, 5], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]) },
      three: {
        shape: [3, batch, tokens],
        tensor: int64s(
          [3, 2, 5],
          Array.from({ length: 30 }, (_, i) => i),
        ),
      },
    };
    await expectTwins(inputs, (g, { x, positions, columns, three }) => {
      const frequencies = rotaryFrequencies(16, 10_000);
      return {
        turnedOnce: rotate(g, x as Handle, 4, rotary(g, positions as Handle, frequencies)),
        turnedTwice: rotate(
          g,
          x as Handle,
          4,
          rotary2d(g, positions as Handle, columns as Handle, rotaryFrequencies(8, 10_000)),
        ),
        turnedThrice: rotate(g, x as Handle, 4, rotaryMultimodal(g, three as Handle, frequencies, [2, 3, 3])),
      };
    });
  });

  it('self-attention: plain, masked, causal, grouped and turned', async () => {
    const mask = floats([1, 1, 5, 5], 3);
    const inputs = {
      ...sequence,
      mask: { shape: [1, 1, tokens, tokens], tensor: mask },
      positions: { shape: [batch, tokens], tensor: int64s([2, 5], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]) },
    };
    await expectTwins(inputs, (g, handles) => {
      const x = handles.x as Handle;
      const turns = rotary(g, handles.positions as Handle, rotaryFrequencies(16, 10_000));
      return {
        plain: selfAttention(g, 'plain', x, { heads: 4 }),
        masked: selfAttention(g, 'masked', x, { heads: 4, mask: handles.mask as Handle }),
        causal: selfAttention(g, 'causal', x, { heads: 4, causal: true, bias: false }),
        grouped: selfAttention(g, 'grouped', x, { heads: 4, kvHeads: 2, rotary: turns }),
        narrow: selfAttention(g, 'narrow', x, { heads: 2, headDim: 8, width: 24 }),
      };
    });
  });

  it('cross-attention to a context of another width', async () => {
    const inputs = { ...sequence, context: { shape: [batch, total, 48], tensor: floats([2, 7, 48], 4) } };
    await expectTwins(inputs, (g, { x, context }) => ({
      plain: crossAttention(g, 'plain', x as Handle, context as Handle, { heads: 4 }),
      grouped: crossAttention(g, 'grouped', x as Handle, context as Handle, { heads: 8, kvHeads: 2 }),
    }));
  });

  it.each([
    { pastTokens: 0, batchSize: 2, newTokens: 5 },
    { pastTokens: 3, batchSize: 1, newTokens: 5 },
    { pastTokens: 6, batchSize: 2, newTokens: 1 },
  ])(
    'causal attention with a cache: $batchSize × $newTokens tokens after $pastTokens',
    async ({ pastTokens, batchSize, newTokens }) => {
      const cache = { shape: [batch, 2, past, 16] };
      const totalTokens = pastTokens + newTokens;
      const inputs = {
        mask: {
          shape: [batch, 1, tokens, addDims(past, tokens)],
          tensor: floats([batchSize, 1, newTokens, totalTokens], 8),
        },
        x: { shape: [batch, tokens, WIDTH], tensor: floats([batchSize, newTokens, WIDTH]) },
        key: { ...cache, tensor: floats([batchSize, 2, pastTokens, 16], 5) },
        value: { ...cache, tensor: floats([batchSize, 2, pastTokens, 16], 6) },
        positions: {
          shape: [batch, tokens],
          tensor: int64s(
            [batchSize, newTokens],
            Array.from({ length: batchSize * newTokens }, (_, i) => pastTokens + (i % newTokens)),
          ),
        },
      };
      await expectTwins(inputs, (g, handles) => {
        const [x, key, value] = [handles.x as Handle, handles.key as Handle, handles.value as Handle];
        const { output, present } = causalAttention(g, 'attention', x, {
          mask: handles.mask as Handle,
          heads: 4,
          kvHeads: 2,
          bias: false,
          past: { key, value },
          lengths: cacheLengths(g, x, key),
          rotary: rotary(g, handles.positions as Handle, rotaryFrequencies(16, 10_000)),
        });
        return { output, presentKey: present.key, presentValue: present.value };
      });
    },
  );
});

describe('layers', () => {
  it('norms are those of their papers', async () => {
    const row = floats([1, 1, 8]);
    const g = built({}, { x: { shape: [1, 1, 8], tensor: row } }, (g, { x }) => ({
      layer: layerNorm(g, 'layer', x as Handle),
      rms: rmsNorm(g, 'rms', x as Handle),
    }));
    const { layer, rms } = await runGraph(g, { x: row });
    const values = numbers(row, 8);
    const mean = values.reduce((sum, value) => sum + value, 0) / 8;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8;
    const meanSquare = values.reduce((sum, value) => sum + value ** 2, 0) / 8;
    values.forEach((value, index) => {
      expect(layer?.data[index]).toBeCloseTo((value - mean) / Math.sqrt(variance + 1e-5), 5);
      expect(rms?.data[index]).toBeCloseTo(value / Math.sqrt(meanSquare + 1e-6), 5);
    });
  });

  it('rotary turns feature i with feature i + headDim/2 by position times frequency', async () => {
    const [x, position] = [floats([1, 1, 8]), 5];
    const inputs = {
      x: { shape: [1, 1, 8], tensor: x },
      positions: { shape: [1, 1], tensor: int64s([1, 1], [position]) },
    };
    const frequencies = rotaryFrequencies(8, 100);
    const g = built({}, inputs, (g, { x, positions }) => ({
      y: rotate(g, x as Handle, 1, rotary(g, positions as Handle, frequencies)),
    }));
    const { y } = await runGraph(g, { x, positions: inputs.positions.tensor });
    const values = numbers(x, 8);
    frequencies.forEach((frequency, i) => {
      const [a = 0, b = 0, angle] = [values[i], values[i + 4], position * 100 ** ((-2 * i) / 8)];
      expect(frequency).toBeCloseTo(angle / position, 12);
      expect(y?.data[i]).toBeCloseTo(a * Math.cos(angle) - b * Math.sin(angle), 5);
      expect(y?.data[i + 4]).toBeCloseTo(b * Math.cos(angle) + a * Math.sin(angle), 5);
    });
  });

  it('multimodal rotary of text, whose three positions are one, is rotary', async () => {
    const positions = int64s([1, 4], [3, 4, 5, 6]);
    const three = int64s([3, 1, 4], [3, 4, 5, 6, 3, 4, 5, 6, 3, 4, 5, 6]);
    const inputs = {
      x: { shape: [1, 4, 32], tensor: floats([1, 4, 32]) },
      positions: { shape: [1, 4], tensor: positions },
      three: { shape: [3, 1, 4], tensor: three },
    };
    const frequencies = rotaryFrequencies(16, 10_000);
    const g = built({}, inputs, (g, { x, positions, three }) => ({
      one: rotate(g, x as Handle, 2, rotary(g, positions as Handle, frequencies)),
      multimodal: rotate(g, x as Handle, 2, rotaryMultimodal(g, three as Handle, frequencies, [2, 3, 3])),
    }));
    const { one, multimodal } = await runGraph(g, { x: inputs.x.tensor, positions, three });
    expect(difference(one, multimodal)).toBe(0);
  });

  it('a token of causal attention does not feel what comes after it', async () => {
    const make: Make = (g, { x }) => ({ y: selfAttention(g, 'attention', x as Handle, { heads: 4, causal: true }) });
    const x = floats([1, 5, WIDTH]);
    const changed = { ...x, data: Float32Array.from(x.data as Float32Array).fill(9, 3 * WIDTH) };
    const [before, after] = await Promise.all(
      [x, changed].map(async (tensor) => {
        const g = built({}, { x: { shape: [batch, tokens, WIDTH], tensor } }, make);
        return (await runGraph(g, { x: tensor }, { weights: boldWeights })).y;
      }),
    );
    expect(numbers(after, 3 * WIDTH)).toEqual(numbers(before, 3 * WIDTH));
    expect(difference(before, after)).toBeGreaterThan(0.01);
  });

  it('a patch embedding is a linear layer over flattened patches', async () => {
    const pixels = { x: { shape: [batch, 3, 8, 12], tensor: floats([2, 3, 8, 12]) } };
    const g = built({}, pixels, (g, { x }) => {
      const embedded = patchEmbedding(g, 'patches', x as Handle, { patch: 4, width: 8 });
      // [n, 3, 2·4, 3·4] → [n, 2·3, 3·4·4], and the kernel as one matrix.
      const patches = transpose(g, reshape(g, x as Handle, [batch, 3, 2, 4, 3, 4]), [0, 2, 4, 1, 3, 5]);
      const kernel = { name: 'patches.weight', dtype: 'float32', shape: [8, 3, 4, 4] } as const;
      const matrix = transpose(g, reshape(g, kernel, [8, 48]), [1, 0]);
      return { embedded, product: matmul(g, reshape(g, patches, [batch, 6, 48]), matrix) };
    });
    const { embedded, product } = await runGraph(g, { x: pixels.x.tensor });
    expect(embedded?.dims).toEqual([2, 6, 8]);
    expect(difference(embedded, product)).toBeLessThan(1e-5);
  });

  it('a tied head scores every row of the table', async () => {
    const ids = { ids: { shape: [batch, tokens], tensor: int64s([1, 3], [4, 0, 9]) } };
    const g = built({}, ids, (g, { ids }) => {
      const { embedded, table } = embedding(g, 'embedding', ids as Handle, 10, 8);
      return { scores: tiedHead(g, embedded, table), embedded };
    });
    const { scores, embedded } = await runGraph(g, { ids: ids.ids.tensor });
    expect(scores?.dims).toEqual([1, 3, 10]);
    const square = numbers(embedded, 8).reduce((sum, value) => sum + value ** 2, 0);
    expect(Number(scores?.data[4])).toBeCloseTo(square, 6);
  });

  it('attention over one key returns its value', async () => {
    const one = { shape: [batch, 1, 8], tensor: floats([2, 1, 8], 7) };
    const inputs = { query: { shape: [batch, tokens, 8], tensor: floats([2, 3, 8]) }, value: one };
    const fused = await expectTwins(inputs, (g, { query, value }) => ({
      y: attend(g, query as Handle, { key: value as Handle, value: value as Handle }, { heads: 2 }),
    }));
    expect(numbers(fused.y, 8)).toEqual(numbers(one.tensor, 8));
  });

  it.each([64, 40])('4-bit weights of %i rows give what their dequantised values give', async (inner) => {
    const make: Make = (g, { x }) => ({ y: linear(g, 'linear', slice(g, x as Handle, 2, 0, inner), 48) });
    const [fused, plain] = await Promise.all(
      [true, false].map((isFused) =>
        runGraph(built({ precision: 'q4', fused: isFused }, sequence, make), {
          x: (sequence.x as Inputs[string]).tensor,
        }),
      ),
    );
    // accuracy_level 4 rounds the activations to 8 bits: half a step of 1/127 over 64 weights of 0.02.
    expect(difference(fused?.y, plain?.y)).toBeLessThan(64 * 0.02 * (0.5 / 127));
  });

  it('half precision stays close to single', async () => {
    const inputs = { x: { shape: [batch, tokens, WIDTH], tensor: floats([2, 5, WIDTH]) } };
    const [single, half] = await Promise.all(
      (['fp32', 'fp16'] as const).map(async (precision) => {
        const g = new Graph({ precision, fused: true });
        const x = cast(g, g.input('x', 'float32', inputs.x.shape), g.dtype);
        const turned = mlp(g, 'mlp', selfAttention(g, 'attention', rmsNorm(g, 'norm', x), { heads: 4 }), {
          inner: 96,
          activation: 'gelu',
        });
        g.output('y', cast(g, turned, 'float32'));
        return (await runGraph(g, { x: inputs.x.tensor })).y;
      }),
    );
    const largest = Math.max(...numbers(single, 128).map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(difference(single, half) / largest).toBeLessThan(0.01);
  });
});
