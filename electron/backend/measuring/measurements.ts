import { NodeError } from '../../../nodes/run.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { Kind, Measured, Prepared } from './kind.ts';
import type { Entry } from './news.ts';
import { Store } from './store.ts';
import { UnderWay } from './under-way.ts';

/** Measurements of a kind that the app asked for: one runs at a time, all are kept in the data folder until they are removed. */
export class Measurements<Request, Told, Cell, Result extends Measured, News> {
  private running: UnderWay<Request, Told, Cell, Result, News> | undefined;
  private readonly store: Store<Request, Told, Result>;

  constructor(
    private readonly kind: Kind<Request, Told, Cell, Result, News>,
    protected readonly engine: RunningEngine,
  ) {
    this.store = new Store(kind);
  }

  /** Returns its id. Rejects while another runs. */
  async start(request: Request): Promise<string> {
    this.requireNone();
    const prepared = await this.kind.prepare(request);
    const id = await this.store.create(request, prepared.told, prepared.journaled);
    try {
      this.run(id, prepared);
    } catch (error) {
      // Another was started meanwhile.
      await this.store.remove(id);
      throw error;
    }
    return id;
  }

  /** Goes on with one that was stopped, by whatever. */
  async resume(id: string): Promise<void> {
    this.requireNone();
    this.run(id, await this.open(id));
  }

  async *events(id: string): AsyncGenerator<News, void, void> {
    if (this.running?.id === id) yield* this.running.news();
    else yield await this.resting(id);
  }

  stop(id: string): void {
    if (this.running?.id === id) this.running.stop();
  }

  async list(): Promise<Entry<Told>[]> {
    const running = this.running?.over ? undefined : this.running?.id;
    return (await this.store.list()).map((entry) => (entry.id === running ? { ...entry, status: 'running' } : entry));
  }

  async remove(id: string): Promise<void> {
    if (this.running?.id === id && !this.running.over)
      throw new NodeError(`This ${this.kind.name} is running.`, 'Stop it first.');
    await this.store.remove(id);
  }

  /** Stops what runs, so that it can be gone on with. */
  async close(): Promise<void> {
    this.running?.stop();
    await this.running?.ended;
  }

  protected run(id: string, prepared: Prepared<Told, Cell, Result>): void {
    this.requireNone();
    this.running = new UnderWay(id, prepared, this.kind, this.store, this.engine);
  }

  protected requireNone(): void {
    if (this.running && !this.running.over)
      throw new NodeError(`Another ${this.kind.name} is running.`, 'Wait for its end, or stop it.');
  }

  /** Rejects where there is none, or what it was of has changed so that it makes no measurement any more. */
  private async open(id: string): Promise<Prepared<Told, Cell, Result>> {
    const { told, request } = await this.store.open(id);
    return { ...(await this.kind.prepare(request)), told };
  }

  /** How one stands that does not run. */
  private async resting(id: string): Promise<News> {
    const { kind, store } = this;
    const { told, journaled, resultOf } = await this.open(id);
    const finished = await store.result(id);
    if (finished) return kind.news({ ...told, done: kind.runs(told), status: 'finished', result: finished }, [], {});
    const journal = await store.journal(id, journaled);
    await journal.close();
    const { cells } = journal;
    return kind.news({ ...told, done: cells.length, status: 'stopped', result: resultOf(cells) }, cells, {});
  }
}
