import { z } from 'zod';
import { type Comparison, comparisonSchema } from '../../../graphs/comparison.ts';
import type { Kind, Running, Step } from '../measuring/kind.ts';
import type { Cell } from './cells.ts';
import { compare } from './compare.ts';
import { withGrowth } from './growth.ts';
import { journaled } from './journal.ts';
import type { CellNews, ComparisonNews, ComparisonTold } from './news.ts';
import { graphsIn, setupOf } from './request.ts';
import { resultOf, rowsOf } from './result.ts';
import { type ComparisonRequest, requestSchema } from './schema.ts';
import { type Setup, turnsIn } from './setup.ts';

/** Comparisons of graphs, as the app keeps and makes them. */
export const COMPARISON: Kind<ComparisonRequest, ComparisonTold, Cell, Comparison, ComparisonNews> = {
  name: 'comparison',
  folder: 'comparisons',
  requestSchema,
  toldSchema: z.object({
    title: z.string(),
    graphs: z.array(z.string()),
    items: z.int().min(1),
    runs: z.int().min(1),
  }),
  resultSchema: comparisonSchema,
  runs: ({ runs }) => runs,
  async prepare(request) {
    const setup = await setupOf(graphsIn(request), request);
    const { variants, data } = setup;
    const turns = turnsIn(setup);
    const graphs = variants.map(({ graph }) => graph);
    return {
      told: { title: titleOf(request, setup), graphs, items: data?.n ?? 1, runs: turns.length },
      journaled: journaled(setup),
      steps: (done, running) => steps(setup, done, running),
      soFar: (cells) => rowsOf(setup, cells),
      resultOf: (cells) => resultOf(setup, turns, cells),
      complete: (result, engine) => withGrowth(result, variants, engine),
    };
  },
  news: (standing, cells, { preparing }) => ({
    ...standing,
    cells: cells.map(cellNews),
    ...(preparing && { preparing }),
  }),
};

/** `LLaVA (tiny), BLIP-2 (tiny) on shapes` */
function titleOf({ graphs, sweeps }: ComparisonRequest, { data }: Setup): string {
  const names = graphs.map(({ name }) => name).join(', ');
  const swept = sweeps.length > 0 ? ` over ${sweeps.map(({ place }) => place).join(', ')}` : '';
  return `${names}${swept}${data ? ` on ${data.name}` : ''}`;
}

async function* steps(setup: Setup, done: readonly Cell[], running: Running): AsyncGenerator<Step<Cell>, void, void> {
  let [left, ran, start] = [0, 0, 0];
  for await (const event of compare(setup, done, running)) {
    if (event.type === 'comparison-planned') left = event.runs - event.done;
    else if (event.type === 'comparison-preparing') yield { preparing: event };
    else if (event.type === 'comparison-estimated') {
      start = performance.now();
      yield { secondsLeft: event.seconds };
    } else {
      const seconds = (performance.now() - start) / 1000;
      yield { cell: event.cell, secondsLeft: (seconds / ++ran) * (left - ran) };
    }
  }
}

function cellNews({ variant, item, round, judged, measured }: Cell): CellNews {
  return {
    variant,
    item,
    round,
    ...(judged && { right: judged.right }),
    ...(measured && { ms: measured.totalMs }),
  };
}
