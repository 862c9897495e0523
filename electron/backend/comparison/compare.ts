import { drawItem } from '../../../nodes/training/evaluation/items.ts';
import type { EngineProcess } from '../engine/process.ts';
import { ScenePictures } from '../evaluation/pictures.ts';
import { type Cell, keyOf, type Turn } from './cells.ts';
import { Contestant, type Shown } from './contestant.ts';
import { isAsked, type Setup, turnsIn, WARM_UP_RUNS } from './setup.ts';

export type ComparisonEvent =
  /** How many runs there will be, and how many of them were done before. */
  | { readonly type: 'comparison-planned'; readonly runs: number; readonly done: number }
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
  { engine, signal }: { readonly engine: EngineProcess; readonly signal: AbortSignal },
): AsyncGenerator<ComparisonEvent, void, void> {
  const turns = turnsIn(setup);
  const before = new Set(done.map(keyOf));
  const left = turns.filter((turn) => !before.has(keyOf(turn)));
  yield { type: 'comparison-planned', runs: turns.length, done: turns.length - left.length };
  if (left.length === 0) return;
  const items = await Items.of(setup);
  try {
    const field = await openAll(setup, items, engine, signal);
    const seconds = await warmUp(field, items, left, signal);
    if (seconds === undefined) return;
    yield { type: 'comparison-estimated', seconds };
    for (const turn of left) {
      if (signal.aborted) return;
      const cell = await field[turn.variant]?.take(turn, items.show(turn.item), signal);
      if (!cell) return;
      yield { type: 'comparison-cell', cell };
    }
  } finally {
    await items.remove();
  }
}

async function openAll(setup: Setup, items: Items, engine: EngineProcess, signal: AbortSignal): Promise<Contestant[]> {
  const field: Contestant[] = [];
  for (const variant of setup.variants) {
    if (signal.aborted) break;
    field.push(await Contestant.open(engine, variant, isAsked(variant, setup) ? items.spare() : undefined));
  }
  return field;
}

/** The estimate for the turns that are left; undefined where it was stopped. */
async function warmUp(
  field: readonly Contestant[],
  items: Items,
  left: readonly Turn[],
  signal: AbortSignal,
): Promise<number | undefined> {
  let last: number[] = [];
  for (let run = 0; run < WARM_UP_RUNS; run++) {
    last = [];
    for (const contestant of field) {
      const ms = signal.aborted ? undefined : await contestant.warmUp(items.spare(), signal);
      if (ms === undefined) return undefined;
      last.push(ms);
    }
  }
  return left.reduce((sum, { variant }) => sum + (last[variant] ?? 0) / 1000, 0);
}

/** The items of a comparison, drawn as their turn comes. Nothing is shown where nothing is asked. */
class Items {
  private last: { readonly index: number; readonly shown: Shown } | undefined;

  private constructor(
    private readonly drawn: Setup['drawn'],
    private readonly pictures: ScenePictures | undefined,
  ) {}

  static async of({ drawn }: Setup): Promise<Items> {
    return new Items(drawn, drawn && (await ScenePictures.in(drawn.world)));
  }

  show(index: number): Shown | undefined {
    const { drawn, pictures } = this;
    if (!drawn || !pictures) return undefined;
    if (this.last?.index !== index) {
      const item = drawItem(drawn.world, drawn.split, drawn.seed, index);
      this.last = { index, shown: { item, pictures } };
    }
    return this.last.shown;
  }

  /** One that is not asked about: no graph sees an item before it counts. */
  spare(): Shown | undefined {
    return this.drawn && this.show(this.drawn.n);
  }

  async remove(): Promise<void> {
    await this.pictures?.remove();
  }
}
