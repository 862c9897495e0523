import { EventEmitter, once } from 'node:events';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { RunError } from '../executor/events.ts';
import { errorOf } from '../executor/trouble.ts';
import type { Journal } from './journal.ts';
import type { Kind, Measured, Prepared, Step } from './kind.ts';
import type { Standing, Status } from './news.ts';
import type { Store } from './store.ts';

/** Milliseconds between two results while it runs; more where a result takes long to reckon, so that runs have the time. */
const RESULT_EVERY_MS = 1000;
const REST = 20;

/** A measurement under way; it goes on when nobody listens. */
export class UnderWay<Request, Told, Cell, Result extends Measured, News> {
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>;
  private readonly cells: Cell[] = [];
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private status: Status = 'running';
  private step: Step<Cell> = {};
  private result: Result | undefined;
  private error: RunError | undefined;
  private nextResult = 0;
  /** Counts what changed. */
  private version = 0;

  constructor(
    readonly id: string,
    private readonly prepared: Prepared<Told, Cell, Result>,
    private readonly kind: Pick<Kind<Request, Told, Cell, Result, News>, 'news'>,
    store: Store<Request, Told, Result>,
    engine: RunningEngine,
  ) {
    this.ended = this.follow(store, engine);
  }

  get over(): boolean {
    return this.status !== 'running';
  }

  stop(): void {
    this.stopping.abort();
  }

  /** How it stands, then what is new, until it is over. */
  async *news(): AsyncGenerator<News, void, void> {
    let heard = { version: -1, cells: 0, result: undefined as Result | undefined };
    for (;;) {
      if (heard.version === this.version) await once(this.changed, 'news');
      const { version, result, over } = this;
      const standing = this.standing(result === heard.result ? undefined : result);
      const news = this.kind.news(standing, this.cells.slice(heard.cells), this.step);
      heard = { version, cells: this.cells.length, result };
      yield news;
      if (over) return;
    }
  }

  private standing(result: Result | undefined): Standing<Told, Result> {
    const { secondsLeft } = this.step;
    return {
      ...this.prepared.told,
      done: this.cells.length,
      status: this.status,
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(result && { result }),
      ...(this.error && { error: this.error }),
    };
  }

  private async follow(store: Store<Request, Told, Result>, engine: RunningEngine): Promise<void> {
    const { id, prepared, cells } = this;
    let journal: Journal<Cell> | undefined;
    try {
      journal = await store.journal(id, prepared.journaled);
      cells.push(...journal.cells);
      this.tell({});
      for await (const step of prepared.steps(journal.cells, { engine, signal: this.stopping.signal })) {
        if (step.cell !== undefined) {
          await journal.add(step.cell);
          cells.push(step.cell);
          this.reckon();
        }
        this.tell(step);
      }
      this.result = await prepared.complete(prepared.resultOf(cells), engine);
      const { complete } = this.result.how;
      if (complete) await store.finish(id, this.result);
      this.status = complete ? 'finished' : 'stopped';
    } catch (error) {
      this.error = errorOf(error);
      this.status = 'failed';
    } finally {
      await journal?.close();
      this.tell({});
    }
  }

  private reckon(): void {
    const start = performance.now();
    if (start < this.nextResult) return;
    this.result = this.prepared.soFar(this.cells);
    const end = performance.now();
    this.nextResult = end + Math.max(RESULT_EVERY_MS, REST * (end - start));
  }

  private tell(step: Step<Cell>): void {
    this.step = step;
    this.version++;
    this.changed.emit('news');
  }
}
