import { gradients } from '../onnx/autodiff/backward.ts';
import { FUSED_IN_TRAINING } from '../onnx/autodiff/rules/fused.ts';
import { concat, expand, scalar } from '../onnx/functions.ts';
import { Graph, type Handle } from '../onnx/graph.ts';
import { type AdamWOptions, adamW } from './adamw.ts';
import { bindFlat, type FlatLayout, flatLayout, flatten } from './flat.ts';

/** What a model says of itself while it trains: a loss to lower, and figures to watch, all scalars. */
export interface Objective {
  readonly loss: Handle;
  readonly figures: Readonly<Record<string, Handle>>;
  /** Wanted of an evaluation only, of any shape. */
  readonly outputs: Readonly<Record<string, Handle>>;
}

/** A model under training: builds its forward pass and its losses into a graph. */
export interface Trainee {
  build(g: Graph): Objective;
  /** Parameters that train; the others are frozen: they have no gradient and no state. */
  trains(name: string): boolean;
  /** A factor of the learning rate of a parameter, 1 if absent. */
  rateScale?(name: string): number;
}

/** Operators whose gradients are known, in single precision. */
const OPTIONS = { precision: 'fp32', fused: FUSED_IN_TRAINING } as const;

export interface BuiltGraph {
  readonly graph: Graph;
  readonly layout: FlatLayout;
}

/**
 * One training step as one graph: forward, loss, gradient, clipping, AdamW. Inputs beside those of the model: the state
 * `weights`, `first`, `second`, each `[size]`, and the scalars `rate`, `correction1`, `correction2`; outputs `next.weights`,
 * `next.first`, `next.second`, `loss`, `norm` and the figures.
 */
export function stepGraph(trainee: Trainee, options: AdamWOptions): BuiltGraph {
  const g = new Graph(OPTIONS);
  const { loss, figures } = trainee.build(g);
  const layout = layoutOf(g, trainee);
  const parameters = layout.entries.map(({ spec }) => g.paramHandle(spec.name));
  const gradient = flatten(g, gradients(g, loss, parameters));
  const vector = (name: string) => g.input(name, 'float32', [layout.size]);
  const number = (name: string) => g.input(name, 'float32', []);
  const state = { weights: vector('weights'), first: vector('first'), second: vector('second') };
  bindFlat(g, layout, state.weights);
  const rates = { rate: number('rate'), corrections: [number('correction1'), number('correction2')] as const };
  const scales = rateScales(g, trainee, layout);
  const next = adamW(g, gradient, state, rates, {
    ...options,
    decayed: layout.decayed,
    ...(scales && { scales }),
  });
  g.output('next.weights', next.weights);
  g.output('next.first', next.first);
  g.output('next.second', next.second);
  g.output('norm', next.norm);
  outputAll(g, { loss, ...figures });
  return { graph: g, layout };
}

/** The forward pass alone, over the same `weights [size]`: `loss`, the figures, and the outputs of an evaluation. */
export function evaluationGraph(trainee: Trainee): BuiltGraph {
  const g = new Graph(OPTIONS);
  const { loss, figures, outputs } = trainee.build(g);
  const layout = layoutOf(g, trainee);
  bindFlat(g, layout, g.input('weights', 'float32', [layout.size]));
  outputAll(g, { loss, ...figures, ...outputs });
  return { graph: g, layout };
}

function layoutOf(g: Graph, trainee: Trainee): FlatLayout {
  const layout = flatLayout(g.params.filter(({ name }) => trainee.trains(name)));
  if (layout.size === 0) throw new Error('nothing trains: everything is frozen');
  return layout;
}

function outputAll(g: Graph, outputs: Readonly<Record<string, Handle>>): void {
  for (const [name, handle] of Object.entries(outputs)) g.output(name, handle);
}

/** A factor for each weight, made of stretches of equal ones; none where all are 1. */
function rateScales(g: Graph, trainee: Trainee, { entries }: FlatLayout): Handle | undefined {
  const factors = entries.map(({ spec, size }) => ({ factor: trainee.rateScale?.(spec.name) ?? 1, size }));
  if (factors.every(({ factor }) => factor === 1)) return undefined;
  const stretches = factors.map(({ factor, size }) => expand(g, scalar(g, factor, 'float32'), [size]));
  return concat(g, stretches, 0);
}
