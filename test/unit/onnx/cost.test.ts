import { describe, expect, it } from 'vitest';
import { costOf } from '../../../nodes/onnx/cost.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { loop, matmul, scalar, tanh } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { cacheLengths, causalAttention, selfAttention } from '../../../nodes/onnx/layers/attention.ts';
import { embedding, linear, patchEmbedding } from '../../../nodes/onnx/layers/linear.ts';
import { swiglu } from '../../../nodes/onnx/layers/mlp.ts';
import { skipRmsNorm } from '../../../nodes/onnx/layers/norm.ts';
import { rotary, rotaryFrequencies } from '../../../nodes/onnx/layers/rotary.ts';

const [batch, tokens, past] = [symbol('batch'), symbol('tokens'), symbol('past')];

describe('cost of a graph', () => {
  it('a linear layer: weights and bias, two operations a weight and token', () => {
    const g = new Graph();
    g.output('y', linear(g, 'linear', g.input('x', 'float32', [batch, tokens, 64]), 32));
    const cost = costOf(g, { batch: 2, tokens: 5 });
    expect(cost.parameters).toBe(64 * 32 + 32);
    expect(cost.weightBytes).toBe(4 * (64 * 32 + 32));
    expect(cost.flops).toBe(2 * 2 * 5 * 64 * 32);
  });

  it('4-bit weights count as weights and weigh half a byte and a scale in 32', () => {
    const g = new Graph({ precision: 'q4', fused: true });
    g.output('y', linear(g, 'linear', g.input('x', 'float32', [batch, tokens, 64]), 32, { bias: false }));
    const cost = costOf(g, { batch: 1, tokens: 1 });
    expect(cost.parameters).toBe(64 * 32);
    expect(cost.weightBytes).toBe((64 * 32) / 2 + ((64 * 32) / 32) * 4);
    expect(cost.flops).toBe(2 * 64 * 32);
  });

  it('a patch embedding: two operations a weight and patch', () => {
    const g = new Graph();
    const pixels = g.input('x', 'float32', [batch, 3, 28, 42]);
    g.output('y', patchEmbedding(g, 'patches', pixels, { patch: 14, width: 8, bias: false }));
    expect(costOf(g, { batch: 1 }).flops).toBe(2 * 6 * (3 * 14 * 14 * 8));
  });

  it.each([true, false])('attention: four projections, and scores and sums over every pair (fused: %s)', (fused) => {
    const g = new Graph({ precision: 'fp32', fused });
    g.output('y', selfAttention(g, 'attention', g.input('x', 'float32', [batch, tokens, 64]), { heads: 4 }));
    const projections = 4 * 2 * 10 * 64 * 64;
    const pairs = 2 * 2 * 10 * 10 * 64;
    expect(costOf(g, { batch: 1, tokens: 10 }).flops).toBe(projections + pairs);
  });

  it('a loop costs its body once an iteration, and its weights once', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [1, 8]);
    const { carried } = loop(g, {
      trips: scalar(g, 5, 'int64'),
      tripCount: symbol('steps'),
      carried: [x],
      step: (body, [state]) => ({ carried: state ? [linear(body, 'step', state, 8, { bias: false })] : [] }),
    });
    g.output('y', carried[0] ?? x);
    const cost = costOf(g, { steps: 5 });
    expect(cost.flops).toBe(5 * 2 * 64);
    expect(cost.parameters).toBe(64);
  });

  it('memory is that of the tensors alive at once, not of all', () => {
    const g = new Graph();
    let x = g.input('x', 'float32', [256]);
    for (let depth = 0; depth < 10; depth++) x = tanh(g, x);
    g.output('y', x);
    expect(costOf(g).activationBytes).toBe(2 * 256 * 4);
  });

  it('a tensor used late stays alive until then', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [8, 8]);
    const early = tanh(g, x);
    g.output('y', matmul(g, early, tanh(g, tanh(g, early))));
    expect(costOf(g).activationBytes).toBe(3 * 8 * 8 * 4);
  });

  it('a decoder of 13 billion weights is counted in well under a second', () => {
    const start = performance.now();
    const g = new Graph({ precision: 'fp16', fused: true });
    const [width, inner, heads, vocabulary, layers] = [5120, 13824, 40, 32000, 40];
    const ids = g.input('ids', 'int64', [batch, tokens]);
    const turns = rotary(g, g.input('positions', 'int64', [batch, tokens]), rotaryFrequencies(width / heads, 10_000));
    let x = embedding(g, 'embedding', ids, vocabulary, width).embedded;
    const cache = (name: string) => g.input(name, 'float16', [batch, heads, past, width / heads]);
    const first = { key: cache('key.0'), value: cache('value.0') };
    const lengths = cacheLengths(g, x, first.key);
    for (let layer = 0; layer < layers; layer++) {
      g.scope(`layers.${layer}`, () => {
        const kv = layer === 0 ? first : { key: cache(`key.${layer}`), value: cache(`value.${layer}`) };
        const { output } = causalAttention(g, 'attention', x, { heads, bias: false, past: kv, lengths, rotary: turns });
        const { normalised, sum } = skipRmsNorm(g, 'norm', x, output);
        x = skipRmsNorm(g, 'norm_after', swiglu(g, 'mlp', normalised, { inner }), sum).sum;
      });
    }
    g.output('logits', linear(g, 'head', x, vocabulary, { bias: false }));
    const cost = costOf(g, { batch: 1, tokens: 1, past: 1023 });
    expect(performance.now() - start).toBeLessThan(1000);
    // Llama 13B: 13,015,864,320 weights (Touvron et al. 2023; here without the last norm's 5,120).
    expect(cost.parameters).toBe(13_015_864_320 - width);
    const weights = cost.parameters - vocabulary * width - layers * 2 * width;
    expect(cost.flops).toBe(2 * weights + layers * 4 * 1024 * width);
  });
});
