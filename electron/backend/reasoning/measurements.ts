import { NodeError } from '../../../nodes/run.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import { Measuring } from './measuring.ts';
import type { ReasoningEntry, ReasoningNews, ReasoningPlan, ReasoningTime } from './news.ts';
import { reason } from './reason.ts';
import { graphIn, setupOf } from './request.ts';
import type { ReasoningRequest } from './schema.ts';
import { turnsIn, turnsOn } from './setup.ts';
import { createStored, listStored, openStored, removeStored, type Stored } from './stored.ts';
import { strategiesFor } from './target.ts';

/** Measurements that the app asked for: one runs at a time, all are kept in the data folder until they are removed. */
export class Measurements {
  private running: Measuring | undefined;

  constructor(private readonly engine: RunningEngine) {}

  /** What a request makes. Rejects with a sentence where it makes no measurement. */
  async plan(request: ReasoningRequest): Promise<ReasoningPlan> {
    const setup = await setupOf(graphIn(request), request);
    const { document, target, strategies, verifiers, data } = setup;
    return {
      searches: turnsIn(setup).length,
      problems: data.n,
      strategies,
      able: strategiesFor(document, target.loop),
      verifiers: verifiers.map(({ name }) => name),
      changeable: target.verifier !== undefined && document.nodes[target.verifier]?.kind === 'verifier',
    };
  }

  /** How long the searches of one problem take, which is not among those that are measured. Rejects while another is measured. */
  async *estimate(request: ReasoningRequest, signal: AbortSignal): AsyncGenerator<ReasoningTime, void, void> {
    this.requireNone();
    const setup = await setupOf(graphIn(request), request);
    const turns = turnsOn(setup.data.n, setup);
    const [first] = turns;
    // The first search loads what the others find loaded.
    if (first) for await (const _ of reason(setup, [{ ...first, budget: 1 }], { engine: this.engine, signal })) break;
    let [done, ms] = [0, 0];
    for await (const cell of reason(setup, turns, { engine: this.engine, signal })) {
      ms += cell.ms;
      yield { done: ++done, of: turns.length, ms };
    }
  }

  /** Returns its id. Rejects while another runs. */
  async start(request: ReasoningRequest): Promise<string> {
    this.requireNone();
    const stored = await createStored(request, await setupOf(graphIn(request), request));
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
    this.run(await openStored(id));
  }

  async *events(id: string): AsyncGenerator<ReasoningNews, void, void> {
    if (this.running?.id === id) yield* this.running.news();
    else yield await (await openStored(id)).told();
  }

  stop(id: string): void {
    if (this.running?.id === id) this.running.stop();
  }

  async list(): Promise<ReasoningEntry[]> {
    const running = this.running?.over ? undefined : this.running?.id;
    return (await listStored()).map((entry) => (entry.id === running ? { ...entry, status: 'running' } : entry));
  }

  async remove(id: string): Promise<void> {
    if (this.running?.id === id && !this.running.over)
      throw new NodeError('This measurement is running.', 'Stop it first.');
    await removeStored(id);
  }

  /** Stops what runs, so that it can be gone on with. */
  async close(): Promise<void> {
    this.running?.stop();
    await this.running?.ended;
  }

  private run(stored: Stored): string {
    this.requireNone();
    this.running = new Measuring(stored, this.engine);
    return this.running.id;
  }

  private requireNone(): void {
    if (this.running && !this.running.over)
      throw new NodeError('Another measurement is running.', 'Wait for its end, or stop it.');
  }
}
