import { NodeError } from '../../../nodes/run.ts';
import { checkDocument } from '../estimate.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import { Comparing } from './comparing.ts';
import type { ComparisonEntry, ComparisonNews, ComparisonPlan, RunTime } from './news.ts';
import { graphsIn, setupOf } from './request.ts';
import type { ComparisonRequest } from './schema.ts';
import { isAsked, runsOf, turnsIn, type Variant } from './setup.ts';
import { createStored, listStored, openStored, removeStored, type Stored } from './stored.ts';
import { RunTimes } from './times.ts';

/** Comparisons that the app asked for: one runs at a time, all are kept in the data folder until they are removed. */
export class Comparisons {
  private running: Comparing | undefined;
  private readonly times: RunTimes;

  constructor(private readonly engine: RunningEngine) {
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

  /** Returns its id. Rejects while another runs. */
  async start(request: ComparisonRequest): Promise<string> {
    this.requireNone();
    const setup = await setupOf(graphsIn(request), request);
    const stored = await createStored(request, setup, turnsIn(setup).length);
    try {
      return this.run(stored);
    } catch (error) {
      // Another was started meanwhile.
      await removeStored(stored.id);
      throw error;
    }
  }

  /** Goes on with one that was stopped, by whatever. */
  async resume(id: string): Promise<void> {
    this.requireNone();
    await this.run(await openStored(id));
  }

  async *events(id: string): AsyncGenerator<ComparisonNews, void, void> {
    if (this.running?.id === id) yield* this.running.news();
    else yield await (await openStored(id)).told();
  }

  stop(id: string): void {
    if (this.running?.id === id) this.running.stop();
  }

  async list(): Promise<ComparisonEntry[]> {
    const running = this.running?.over ? undefined : this.running?.id;
    return (await listStored()).map((entry) => (entry.id === running ? { ...entry, status: 'running' } : entry));
  }

  async remove(id: string): Promise<void> {
    if (this.running?.id === id && !this.running.over)
      throw new NodeError('This comparison is running.', 'Stop it first.');
    await removeStored(id);
  }

  /** Stops what runs, so that it can be gone on with. */
  async close(): Promise<void> {
    this.times.stop();
    this.running?.stop();
    await this.running?.ended;
  }

  private async peakBytes({ document, folder }: Variant): Promise<number> {
    const { total } = await checkDocument(document, (kind, params) => this.engine.probe(kind, params, folder), folder);
    return total.peakBytes ?? 0;
  }

  private run(stored: Stored): string {
    this.requireNone();
    this.times.stop();
    this.running = new Comparing(stored, this.engine);
    return this.running.id;
  }

  private requireNone(): void {
    if (this.running && !this.running.over)
      throw new NodeError('Another comparison is running.', 'Wait for its end, or stop it.');
  }
}
