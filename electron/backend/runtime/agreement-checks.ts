import { decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { add } from '../../../nodes/onnx/functions.ts';
import { Graph, type Precision } from '../../../nodes/onnx/graph.ts';
import { selfAttention } from '../../../nodes/onnx/layers/attention.ts';
import { patchEmbedding } from '../../../nodes/onnx/layers/linear.ts';
import { mlp, swiglu } from '../../../nodes/onnx/layers/mlp.ts';
import { layerNorm } from '../../../nodes/onnx/layers/norm.ts';
import type { Session } from '../../../nodes/run.ts';
import type { Tensor } from '../../../nodes/values.ts';

/** A small network, and what is asked of it. */
export interface Check {
  /** What it is about, in words that a sentence can begin with. */
  readonly what: string;
  graph(): Graph;
  /** Of the CPU's largest number: how far apart rounding alone may bring the answers. */
  readonly tolerance: number;
  ask(session: Session): Promise<readonly Tensor[]>;
}

const SIDE = 16;

/** A layer of a vision transformer over a picture of four by four patches. */
const vision: Check = {
  what: 'A layer over a picture',
  tolerance: 0.02,
  graph() {
    const g = new Graph();
    const x = patchEmbedding(g, 'patches', g.input('pixels', 'float32', [1, 3, SIDE, SIDE]), { patch: 4, width: 32 });
    const attended = add(g, x, selfAttention(g, 'attention', layerNorm(g, 'before', x), { heads: 4, bias: true }));
    g.output('y', mlp(g, 'mlp', layerNorm(g, 'between', attended), { inner: 64, activation: 'gelu', width: 32 }));
    return g;
  },
  async ask(session) {
    const data = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, at) => Math.sin(0.7 * at));
    return Object.values(await session.run({ pixels: { dtype: 'float32', dims: [1, 3, SIDE, SIDE], data } }));
  },
};

const WIDTH = 64;

/** Products over weights of 4 bits, of several tokens as in a prefill and of one as in decoding. */
const packed: Check = {
  what: 'MatMulNBits',
  // On the CPU it rounds activations to 8 bits: a hundredth.
  tolerance: 0.05,
  graph() {
    const g = new Graph({ precision: 'q4', fused: true });
    const x = g.input('x', 'float32', [1, symbol('tokens'), WIDTH]);
    g.output('y', swiglu(g, 'mlp', x, { inner: 96, bias: false }));
    return g;
  },
  async ask(session) {
    const found: Tensor[] = [];
    for (const tokens of [5, 1]) {
      const data = Float32Array.from({ length: tokens * WIDTH }, (_, at) => Math.sin(0.3 * at));
      found.push(...Object.values(await session.run({ x: { dtype: 'float32', dims: [1, tokens, WIDTH], data } })));
    }
    return found;
  },
};

const DECODER: DecoderConfig = {
  ...{ vocabulary: 48, width: WIDTH, layers: 2, heads: 4, kvHeads: 2, mlp: { width: 96, activation: 'swiglu' } },
  ...{ norm: 'rms', epsilon: 1e-5, bias: 'none', positions: { kind: 'rotary', theta: 10_000 }, tied: true },
};

const PROMPT = [3, 17, 8, 40, 29];

/** The decoding loop that answers are made with: a prefill with two tokens after it, one token a call, then two again. */
function decoder(what: string, precision: Precision, tolerance: number): Check {
  const { width, heads, axes, ...rest } = { ...DECODER, axes: 1 };
  const cacheType = precision === 'fp16' ? 'float16' : 'float32';
  const sizes = { ...rest, width, axes, headDim: width / heads, cacheType } as const;
  const options = {
    sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    ...{ ends: [], uniforms: [() => 0], scores: 1 },
  };
  return {
    what,
    tolerance,
    graph: () => decodeGraph(DECODER, { precision, fused: true }),
    async ask(session) {
      let state = startState(sizes, {
        ids: PROMPT,
        visual: { dtype: 'float32', dims: [0, width], data: new Float32Array(0) },
        slots: [],
        positions: [PROMPT.map((_, at) => at)],
        next: PROMPT.length,
      });
      const found: Tensor[] = [];
      for (const steps of [3, 1, 1, 2]) {
        const chunk = await decodeChunk(session, sizes, state, {
          ...options,
          steps,
        });
        state = chunk.state;
        found.push(...(chunk.logits ? [chunk.logits] : []), ...Object.values(state.past));
      }
      return found;
    },
  };
}

/**
 * In the order in which one builds on another. Tolerances are what shorter floats inside a product make of answers of this
 * size; a wrong operator is off by as much as the numbers themselves.
 */
export const CHECKS: readonly Check[] = [
  vision,
  // On WebGPU, some builds of ONNX Runtime lost what the cache held before.
  decoder('GroupQueryAttention with a growing cache', 'fp32', 0.02),
  packed,
  decoder('Half precision', 'fp16', 0.05),
];
