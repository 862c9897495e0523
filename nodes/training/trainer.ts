import { randomWeights } from '../onnx/random.ts';
import type { Init, ParamSpec, WeightSource } from '../onnx/weights.ts';
import type { FloatTensor, Tensor } from '../values.ts';
import type { FlatLayout } from './flat.ts';
import { learningRate, type Schedule } from './schedule.ts';

/** A training step as ONNX Runtime runs it: results are written into `into` where it names them, else made anew. */
export interface StepSession {
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into: Readonly<Record<string, Tensor | null>>,
  ): Promise<Readonly<Record<string, Tensor>>>;
}

/** Flat vectors of one set of buffers: weights, and the moments of their gradients. */
export interface TrainingState {
  readonly weights: FloatTensor;
  readonly first: FloatTensor;
  readonly second: FloatTensor;
}

export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  readonly loss: number;
  /** Norm of the gradient before clipping. */
  readonly norm: number;
  readonly figures: Readonly<Record<string, number>>;
}

const STATE = ['weights', 'first', 'second'] as const;

/** Runs steps over two sets of buffers in turn: one is read while the other is written. */
export class Trainer {
  private spare: TrainingState;

  constructor(
    private readonly session: StepSession,
    private readonly schedule: Schedule,
    private readonly figures: readonly string[],
    private current: TrainingState,
    private done = 0,
  ) {
    this.spare = emptyState(current.weights.data.length);
  }

  get state(): TrainingState {
    return this.current;
  }

  get steps(): number {
    return this.done;
  }

  async step(batch: Readonly<Record<string, Tensor>>): Promise<StepReport> {
    const { schedule, current, spare } = this;
    const [beta1, beta2] = schedule.betas;
    const feeds = {
      ...batch,
      ...current,
      rate: number(learningRate(schedule, this.done)),
      correction1: number(1 - beta1 ** (this.done + 1)),
      correction2: number(1 - beta2 ** (this.done + 1)),
    };
    const into: Record<string, Tensor | null> = { loss: null, norm: null };
    for (const name of STATE) into[`next.${name}`] = spare[name];
    for (const name of this.figures) into[name] = null;
    const results = await this.session.run(feeds, into);
    [this.current, this.spare] = [spare, current];
    this.done += 1;
    const value = (name: string) => Number(results[name]?.data[0]);
    const report = {
      step: this.done,
      loss: value('loss'),
      norm: value('norm'),
      figures: Object.fromEntries(this.figures.map((name) => [name, value(name)])),
    };
    if (!Number.isFinite(report.loss))
      throw new Error(`the loss is ${report.loss} at step ${report.step}: lower the rate`);
    return report;
  }
}

export function emptyState(size: number): TrainingState {
  const vector = (): FloatTensor => ({ dtype: 'float32', dims: [size], data: new Float32Array(size) });
  return { weights: vector(), first: vector(), second: vector() };
}

/** A state before the first step; parameters that `source` gives start there, the rest is drawn from `seed`. */
export function initialState(
  layout: FlatLayout,
  seed: number,
  source?: (spec: ParamSpec) => WeightSource | undefined,
): TrainingState {
  const state = emptyState(layout.size);
  const drawn = startingWeights(seed);
  for (const { spec, offset, size } of layout.entries) {
    const bytes = new Uint8Array(state.weights.data.buffer, offset * 4, size * 4);
    (source?.(spec) ?? drawn).fill(spec, bytes);
  }
  return state;
}

/** Tables of vectors keep the spread they were made with. */
const TABLE = /(^|\.)(embedding|tokens|positions|words)\.weight$/;

/**
 * Linear layers and convolutions start evenly within ±1/√inputs (PyTorch's default; He et al. 2015 with a = √5), the rest
 * as the module says.
 */
export function startingWeights(seed: number): WeightSource {
  const source = randomWeights(seed);
  return {
    digest: `start-${seed}`,
    fill(spec, into) {
      const [first = 1, second = 1, ...kernel] = spec.shape;
      const inputs = kernel.length > 0 ? kernel.reduce((count, size) => count * size, second) : first;
      const weighs = (spec.shape.length === 2 || kernel.length === 2) && spec.init.kind === 'normal';
      const drawn = weighs && !TABLE.test(spec.name);
      const init: Init = drawn ? { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } : spec.init;
      source.fill({ ...spec, init }, into);
    },
  };
}

function number(value: number): FloatTensor {
  return { dtype: 'float32', dims: [], data: Float32Array.of(value) };
}
