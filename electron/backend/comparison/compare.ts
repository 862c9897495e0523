import type { RunningEngine } from '../evaluation/runner.ts';
import type { Running } from '../measuring/kind.ts';
import { type Cell, keyOf, type Turn } from './cells.ts';
import { Contestant } from './contestant.ts';
import type { Asked, OpenData } from './data.ts';
import { isAsked, type Setup, turnsIn, type Variant, WARM_UP_RUNS } from './setup.ts';

export type ComparisonEvent =
  /** How many runs there will be, and how many of them were done before. */
  | { readonly type: 'comparison-planned'; readonly runs: number; readonly done: number }
  /** A graph is loaded or run before runs count: the `done`th of so many steps. */
  | {
      readonly type: 'comparison-preparing';
      readonly graph: string;
      readonly done: number;
      readonly of: number;
    }
  /** How long those that are left will take, from one warm run of each graph. */
  | { readonly type: 'comparison-estimated'; readonly seconds: number }
  | { readonly type: 'comparison-cell'; readonly cell: Cell };

/**
 * Runs what is not among the cells `done`, until `signal` stops it; each cell comes as it finishes. Rejects with
 * `GraphFailed` where a graph cannot run.
 */
export async function* compare(
  setup: Setup,
  done: readonly Cell[],
  running: Running,
): AsyncGenerator<ComparisonEvent, void, void> {
  const { signal } = running;
  const turns = turnsIn(setup);
  const before = new Set(done.map(keyOf));
  const left = turns.filter((turn) => !before.has(keyOf(turn)));
  yield { type: 'comparison-planned', runs: turns.length, done: turns.length - left.length };
  if (left.length === 0) return;
  const data = await setup.data?.open();
  try {
    const field: Contestant[] = [];
    const ms = yield* prepare(setup, data, field, running);
    if (signal.aborted) return;
    yield {
      type: 'comparison-estimated',
      seconds: left.reduce((sum, { variant }) => sum + (ms[variant] ?? 0), 0) / 1000,
    };
    const show = lastShown(data);
    for (const turn of left) {
      if (signal.aborted) return;
      const cell = await field[turn.variant]?.take(turn, show(turn), signal);
      if (!cell) return;
      yield { type: 'comparison-cell', cell };
    }
  } finally {
    await data?.close();
  }
}

/** Loads and warms all graphs into the `field`. Returns milliseconds of a warm run of each. */
async function* prepare(
  setup: Setup,
  data: OpenData | undefined,
  field: Contestant[],
  { engine, signal }: Running,
): AsyncGenerator<ComparisonEvent, number[], void> {
  const { variants } = setup;
  const of = variants.length * (1 + WARM_UP_RUNS);
  let done = 0;
  for (const variant of variants) {
    if (signal.aborted) return [];
    yield { type: 'comparison-preparing', graph: variant.graph, done: done++, of };
    field.push(await open(setup, variant, data, engine));
  }
  let last: number[] = [];
  for (let run = 0; run < WARM_UP_RUNS; run++) {
    last = [];
    for (const [i, contestant] of field.entries()) {
      yield { type: 'comparison-preparing', graph: variants[i]?.graph ?? '', done: done++, of };
      const ms = signal.aborted ? undefined : await contestant.warmUp(data?.spare(), signal);
      if (ms === undefined) return [];
      last.push(ms);
    }
  }
  return last;
}

function open(setup: Setup, variant: Variant, data: OpenData | undefined, engine: RunningEngine): Promise<Contestant> {
  return Contestant.open(engine, variant, isAsked(variant, setup) ? data?.spare() : undefined);
}

/** Milliseconds of a warm run of a graph, after those that load it; undefined where it was stopped. */
export async function timeOfRun(
  setup: Setup,
  variant: Variant,
  { engine, signal }: Running,
): Promise<number | undefined> {
  const data = await setup.data?.open();
  try {
    const contestant = await open(setup, variant, data, engine);
    let ms: number | undefined;
    for (let run = 0; run < WARM_UP_RUNS; run++) {
      ms = signal.aborted ? undefined : await contestant.warmUp(data?.spare(), signal);
      if (ms === undefined) return undefined;
    }
    return ms;
  } finally {
    await data?.close();
  }
}

/** The item of a turn; the same one for all turns on it, so that its pictures are made once. */
function lastShown(data: OpenData | undefined): (turn: Turn) => Asked | undefined {
  let last: { readonly item: number; readonly asked: Asked } | undefined;
  return ({ item }) => {
    if (!data) return undefined;
    if (last?.item !== item) last = { item, asked: data.at(item) };
    return last.asked;
  };
}
