import { EventEmitter, once } from 'node:events';
import type { Comparison } from '../../../graphs/comparison.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { RunError } from '../executor/events.ts';
import { errorOf } from '../executor/executor.ts';
import type { Journal } from '../journal.ts';
import type { Cell } from './cells.ts';
import { type ComparisonEvent, compare } from './compare.ts';
import { withGrowth } from './growth.ts';
import type { ComparisonNews, ComparisonStatus } from './news.ts';
import { resultOf, rowsOf } from './result.ts';
import { turnsIn } from './setup.ts';
import { cellNews, type Stored } from './stored.ts';

/** Milliseconds between two results while it runs. */
const RESULT_EVERY_MS = 1000;

/** A comparison under way; it goes on when nobody listens. */
export class Comparing {
  readonly id: string;
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>;
  private readonly cells: Cell[] = [];
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private status: ComparisonStatus = 'running';
  private preparing: ComparisonNews['preparing'];
  private secondsLeft: number | undefined;
  private result: Comparison | undefined;
  private error: RunError | undefined;
  private lastResult = 0;
  /** Counts what changed. */
  private version = 0;
  /** When the first run of this session began that counts, and how many were done then. */
  private since: { readonly at: number; readonly done: number } | undefined;

  constructor(
    private readonly stored: Stored,
    engine: RunningEngine,
  ) {
    this.id = stored.id;
    this.ended = this.follow(engine);
  }

  get over(): boolean {
    return this.status !== 'running';
  }

  stop(): void {
    this.stopping.abort();
  }

  /** How it stands, then what is new, until it is over. */
  async *news(): AsyncGenerator<ComparisonNews, void, void> {
    let heard = { version: -1, cells: 0, result: undefined as Comparison | undefined };
    for (;;) {
      if (heard.version === this.version) await once(this.changed, 'news');
      const { result, over } = this;
      const news = this.told(this.cells.slice(heard.cells), result === heard.result ? undefined : result);
      heard = { version: this.version, cells: this.cells.length, result };
      yield news;
      if (over) return;
    }
  }

  private told(cells: readonly Cell[], result: Comparison | undefined): ComparisonNews {
    const { title, graphs, items, runs } = this.stored.kept;
    return {
      title,
      graphs,
      items,
      runs,
      done: this.cells.length,
      status: this.status,
      cells: cells.map(cellNews),
      ...(this.preparing && { preparing: this.preparing }),
      ...(this.secondsLeft !== undefined && { secondsLeft: this.secondsLeft }),
      ...(result && { result }),
      ...(this.error && { error: this.error }),
    };
  }

  private async follow(engine: RunningEngine): Promise<void> {
    let journal: Journal<Cell> | undefined;
    try {
      journal = await this.stored.journal();
      this.cells.push(...journal.cells);
      const { setup } = this.stored;
      for await (const event of compare(setup, journal.cells, { engine, signal: this.stopping.signal })) {
        if (event.type === 'comparison-cell') await journal.add(event.cell);
        this.hear(event);
      }
      await this.finish(engine);
    } catch (error) {
      this.error = errorOf(error);
      this.status = 'failed';
    } finally {
      await journal?.close();
      this.preparing = undefined;
      this.secondsLeft = undefined;
      this.tell();
    }
  }

  private hear(event: ComparisonEvent): void {
    if (event.type === 'comparison-preparing') this.preparing = event;
    else if (event.type === 'comparison-estimated') {
      this.preparing = undefined;
      this.secondsLeft = event.seconds;
      this.since = { at: performance.now(), done: this.cells.length };
    } else if (event.type === 'comparison-cell') this.count(event.cell);
    this.tell();
  }

  private tell(): void {
    this.version++;
    this.changed.emit('news');
  }

  private count(cell: Cell): void {
    this.cells.push(cell);
    const now = performance.now();
    const { runs } = this.stored.kept;
    if (this.since)
      this.secondsLeft =
        ((now - this.since.at) / 1000 / (this.cells.length - this.since.done)) * (runs - this.cells.length);
    if (now - this.lastResult < RESULT_EVERY_MS) return;
    this.lastResult = now;
    this.result = rowsOf(this.stored.setup, this.cells);
  }

  private async finish(engine: RunningEngine): Promise<void> {
    const { setup } = this.stored;
    this.result = await withGrowth(resultOf(setup, turnsIn(setup), this.cells), setup.variants, engine);
    if (this.result.how.complete) await this.stored.finish(this.result);
    this.status = this.result.how.complete ? 'finished' : 'stopped';
  }
}
