import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { add, matmul, mul, reduceMean, sub } from '../../../nodes/onnx/functions.ts';
import type { ParamSpec } from '../../../nodes/onnx/weights.ts';
import type { FlatLayout } from '../../../nodes/training/flat.ts';
import { learningRate, type Schedule } from '../../../nodes/training/schedule.ts';
import { stepGraph, type Trainee } from '../../../nodes/training/step.ts';
import { initialState, type StepReport, Trainer } from '../../../nodes/training/trainer.ts';
import { floats } from '../../helpers/onnx.ts';
import { floatsOf, relativeGap } from './differences.ts';
import { openStep, type StepOfTest } from './session.ts';

/** A small regression, trained by the step graph, and by PyTorch's definitions of AdamW and `clip_grad_norm_`. */

const [ROWS, INPUTS, OUTPUTS] = [7, 6, 4];
const GATE_RATE = 5;
const STEPS = 50;
const schedule: Schedule = {
  steps: STEPS,
  batch: ROWS,
  rate: 0.03,
  warmup: 5,
  floor: 0.05,
  decay: 0.1,
  clip: 0.5,
  betas: [0.9, 0.99],
  epsilon: 1e-8,
};

/** `mean(((x · weight + bias) · gate - y)²)` */
const regression: Trainee = {
  build(g) {
    const x = g.input('x', 'float32', [ROWS, INPUTS]);
    const y = g.input('y', 'float32', [ROWS, OUTPUTS]);
    const weight = g.param('weight', [INPUTS, OUTPUTS], { kind: 'uniform', bound: 1 });
    const bias = g.param('bias', [OUTPUTS], { kind: 'uniform', bound: 1 });
    const gate = g.param('gate', [1], { kind: 'constant', value: 1 });
    const gap = sub(g, mul(g, add(g, matmul(g, x, weight), bias), gate), y);
    return { loss: reduceMean(g, mul(g, gap, gap), [0, 1], { keep: false }), figures: {}, outputs: {} };
  },
  trains: () => true,
  rateScale: (name) => (name === 'gate' ? GATE_RATE : 1),
};

const batchOf = (step: number) => ({ x: floats([ROWS, INPUTS], 100 + step), y: floats([ROWS, OUTPUTS], 200 + step) });

interface Parameters {
  readonly weight: number[];
  readonly bias: number[];
  readonly gate: number[];
}
const NAMES = ['weight', 'bias', 'gate'] as const;

/** The gradient of the regression by hand. */
function gradientAt({ weight, bias, gate }: Parameters, step: number): Parameters {
  const [x, y] = [floatsOf([ROWS, INPUTS], 100 + step), floatsOf([ROWS, OUTPUTS], 200 + step)];
  const found = { weight: weight.map(() => 0), bias: bias.map(() => 0), gate: [0] };
  for (let row = 0; row < ROWS; row++)
    for (let out = 0; out < OUTPUTS; out++) {
      let linear = bias[out] as number;
      for (let i = 0; i < INPUTS; i++)
        linear += (x[row * INPUTS + i] as number) * (weight[i * OUTPUTS + out] as number);
      const slope = (2 * (linear * (gate[0] as number) - (y[row * OUTPUTS + out] as number))) / (ROWS * OUTPUTS);
      found.gate[0] = (found.gate[0] as number) + slope * linear;
      found.bias[out] = (found.bias[out] as number) + slope * (gate[0] as number);
      for (let i = 0; i < INPUTS; i++) {
        const at = i * OUTPUTS + out;
        found.weight[at] = (found.weight[at] as number) + slope * (gate[0] as number) * (x[row * INPUTS + i] as number);
      }
    }
  return found;
}

/**
 * `torch.nn.utils.clip_grad_norm_` and `torch.optim.AdamW` (single tensor, no AMSGrad) in double precision, with a group of
 * parameters for each rate and decay: matrices decay, vectors do not. Calls `each` after every step.
 */
function pytorch(start: Parameters, each: (parameters: Parameters, norm: number) => void): void {
  const [beta1, beta2] = schedule.betas;
  const groups = { weight: [1, schedule.decay], bias: [1, 0], gate: [GATE_RATE, 0] } as const;
  let parameters = start;
  const zeros = () => ({ weight: start.weight.map(() => 0), bias: start.bias.map(() => 0), gate: [0] });
  const [first, second] = [zeros(), zeros()];
  for (let step = 1; step <= STEPS; step++) {
    const gradient = gradientAt(parameters, step - 1);
    const norm = Math.sqrt(NAMES.flatMap((name) => gradient[name]).reduce((total, x) => total + x * x, 0));
    const factor = Math.min(1, schedule.clip / (norm + 1e-6));
    const updated = (name: (typeof NAMES)[number]) => {
      const [scale, decay] = groups[name];
      const rate = learningRate(schedule, step - 1) * scale;
      return parameters[name].map((value, i) => {
        const slope = (gradient[name][i] as number) * factor;
        const decayed = value * (1 - rate * decay);
        const [m, v] = [first[name], second[name]];
        m[i] = beta1 * (m[i] as number) + (1 - beta1) * slope;
        v[i] = beta2 * (v[i] as number) + (1 - beta2) * slope * slope;
        const spread = Math.sqrt(v[i] as number) / Math.sqrt(1 - beta2 ** step) + schedule.epsilon;
        return decayed - ((rate / (1 - beta1 ** step)) * (m[i] as number)) / spread;
      });
    };
    parameters = { weight: updated('weight'), bias: updated('bias'), gate: updated('gate') };
    each(parameters, norm);
  }
}

function named(layout: FlatLayout, weights: ArrayLike<number>): Parameters {
  const values = (name: string) => {
    const { offset, size } = layout.entries.find(({ spec }) => spec.name === name) ?? { offset: 0, size: 0 };
    return Array.from({ length: size }, (_, i) => weights[offset + i] as number);
  };
  return { weight: values('weight'), bias: values('bias'), gate: values('gate') };
}

describe('50 steps are those of PyTorch', () => {
  let step: StepOfTest;
  const trained: { readonly parameters: Parameters; readonly report: StepReport }[] = [];
  const expected: { readonly parameters: Parameters; readonly norm: number }[] = [];

  beforeAll(async () => {
    const { graph, layout } = stepGraph(regression, schedule);
    step = await openStep(graph);
    const state = initialState(layout, 1);
    pytorch(named(layout, state.weights.data), (parameters, norm) => expected.push({ parameters, norm }));
    const trainer = new Trainer(step, schedule, [], state);
    for (let i = 0; i < STEPS; i++) {
      const report = await trainer.step(batchOf(i));
      trained.push({ parameters: named(layout, trainer.state.weights.data), report });
    }
  });
  afterAll(() => step.release());

  test('in every weight, after each', () => {
    const all = (parameters: Parameters) => NAMES.flatMap((name) => parameters[name]);
    trained.forEach(({ parameters }, i) => {
      expect(relativeGap(all(parameters), all(expected[i]?.parameters as Parameters))).toBeLessThan(1e-5);
    });
  });

  test("the gradient's norm, as it is before clipping, of which both sides were seen", () => {
    trained.forEach(({ report }, i) => {
      expect(report.norm / (expected[i]?.norm ?? 0)).toBeCloseTo(1, 4);
    });
    const norms = expected.map(({ norm }) => norm);
    expect(Math.max(...norms)).toBeGreaterThan(1.5 * schedule.clip);
    expect(Math.min(...norms)).toBeLessThan(0.9 * schedule.clip);
  });
});

test('without a gradient matrices shrink by rate times decay, and nothing else moves', async () => {
  const still: Trainee = {
    ...regression,
    build(g) {
      const objective = regression.build(g);
      return { ...objective, loss: mul(g, objective.loss, 0) };
    },
  };
  const { graph, layout } = stepGraph(still, schedule);
  const session = await openStep(graph);
  try {
    const state = initialState(layout, 1);
    const before = named(layout, state.weights.data);
    const trainer = new Trainer(session, schedule, [], state);
    await trainer.step(batchOf(0));
    const after = named(layout, trainer.state.weights.data);
    const kept = 1 - learningRate(schedule, 0) * schedule.decay;
    expect(
      relativeGap(
        after.weight,
        before.weight.map((value) => value * kept),
      ),
    ).toBeLessThan(1e-7);
    expect({ ...after, weight: [] }).toEqual({ ...before, weight: [] });
  } finally {
    await session.release();
  }
});

test('a loss that is not a number ends the training with what to do', async () => {
  const { graph, layout } = stepGraph(regression, schedule);
  const session = await openStep(graph);
  try {
    const trainer = new Trainer(session, schedule, [], initialState(layout, 1));
    const { x, y } = batchOf(0);
    const broken = { ...y, data: (y.data as Float32Array).with(0, Number.NaN) } as typeof y;
    await expect(trainer.step({ x, y: broken })).rejects.toThrow('the loss is NaN at step 1: lower the rate');
  } finally {
    await session.release();
  }
});

test('a part of the state starts where a source says', () => {
  const { layout } = stepGraph(regression, schedule);
  const given = (spec: ParamSpec) =>
    spec.name === 'bias' ? { digest: 'ones', fill: (_: ParamSpec, into: Uint8Array) => ones(into) } : undefined;
  const { weight, bias } = named(layout, initialState(layout, 1, given).weights.data);
  expect(bias).toEqual([1, 1, 1, 1]);
  expect(weight).toEqual(named(layout, initialState(layout, 1).weights.data).weight);
});

function ones(into: Uint8Array): void {
  new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4).fill(1);
}
