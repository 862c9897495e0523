import type { Comparison } from '../../../graphs/comparison.ts';
import { checkDocument } from '../estimate.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { Prepared } from '../measuring/kind.ts';
import { Measurements } from '../measuring/measurements.ts';
import type { Cell } from './cells.ts';
import { COMPARISON } from './kind.ts';
import type { ComparisonNews, ComparisonPlan, ComparisonTold, RunTime } from './news.ts';
import { graphsIn, setupOf } from './request.ts';
import type { ComparisonRequest } from './schema.ts';
import { isAsked, runsOf, type Variant } from './setup.ts';
import { RunTimes } from './times.ts';

/** Comparisons of graphs that the app asked for. */
export class Comparisons extends Measurements<ComparisonRequest, ComparisonTold, Cell, Comparison, ComparisonNews> {
  private readonly times: RunTimes;

  constructor(engine: RunningEngine) {
    super(COMPARISON, engine);
    this.times = new RunTimes(engine);
  }

  /** The graphs and runs that a request makes. Rejects with a sentence where it makes no comparison. */
  async plan(request: ComparisonRequest): Promise<ComparisonPlan> {
    const setup = await setupOf(graphsIn(request), request);
    const { variants, data } = setup;
    const sized = variants.map(async (variant) => ({
      graph: variant.graph,
      asked: isAsked(variant, setup),
      runs: runsOf(variant, setup),
      peakBytes: await this.peakBytes(variant),
    }));
    return {
      variants: await Promise.all(sized),
      ...(data && { data: { name: data.name, n: data.n, blind: data.hasOthers } }),
    };
  }

  /** How long a run of each graph takes, measured one by one. Rejects while a comparison runs: it would be measured wrong. */
  async *estimate(request: ComparisonRequest, signal: AbortSignal): AsyncGenerator<RunTime, void, void> {
    this.requireNone();
    yield* this.times.of(await setupOf(graphsIn(request), request), signal);
  }

  override async close(): Promise<void> {
    this.times.stop();
    await super.close();
  }

  /** Times would be measured wrong beside it. */
  protected override run(id: string, comparison: Prepared<ComparisonTold, Cell, Comparison>): void {
    super.run(id, comparison);
    this.times.stop();
  }

  private async peakBytes({ document, folder }: Variant): Promise<number> {
    const { total } = await checkDocument(document, (kind, params) => this.engine.probe(kind, params, folder), folder);
    return total.peakBytes ?? 0;
  }
}
