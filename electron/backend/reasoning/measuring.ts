import { EventEmitter, once } from 'node:events';
import type { Reasoning } from '../../../graphs/reasoning.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { RunError } from '../executor/events.ts';
import { errorOf } from '../executor/executor.ts';
import type { Journal } from '../journal.ts';
import type { Cell } from './cells.ts';
import type { ReasoningNews } from './news.ts';
import { resultOf } from './points.ts';
import { reason } from './reason.ts';
import { turnsIn, turnsLeft } from './setup.ts';
import type { Stored } from './stored.ts';

/** Milliseconds between two results while it runs; more where a result takes long to reckon, so that searches have the time. */
const RESULT_EVERY_MS = 1000;
const REST = 20;

/** A measurement under way; it goes on when nobody listens. */
export class Measuring {
  readonly id: string;
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>;
  private readonly cells: Cell[] = [];
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private readonly turns;
  private status: ReasoningNews['status'] = 'running';
  private secondsLeft: number | undefined;
  private result: Reasoning | undefined;
  private error: RunError | undefined;
  private nextResult = 0;
  /** Counts what changed. */
  private version = 0;

  constructor(
    private readonly stored: Stored,
    engine: RunningEngine,
  ) {
    this.id = stored.id;
    this.turns = turnsIn(stored.setup);
    this.ended = this.follow(engine);
  }

  get over(): boolean {
    return this.status !== 'running';
  }

  stop(): void {
    this.stopping.abort();
  }

  /** How it stands, then what is new, until it is over. */
  async *news(): AsyncGenerator<ReasoningNews, void, void> {
    let heard = { version: -1, result: undefined as Reasoning | undefined };
    for (;;) {
      if (heard.version === this.version) await once(this.changed, 'news');
      const { version, result, over } = this;
      const news = this.told(result === heard.result ? undefined : result);
      heard = { version, result };
      yield news;
      if (over) return;
    }
  }

  private told(result: Reasoning | undefined): ReasoningNews {
    return {
      title: this.stored.title,
      searches: this.turns.length,
      done: this.cells.length,
      status: this.status,
      ...(this.secondsLeft !== undefined && { secondsLeft: this.secondsLeft }),
      ...(result && { result }),
      ...(this.error && { error: this.error }),
    };
  }

  private async follow(engine: RunningEngine): Promise<void> {
    const { setup } = this.stored;
    let journal: Journal<Cell> | undefined;
    try {
      journal = await this.stored.journal();
      this.cells.push(...journal.cells);
      this.tell();
      const left = turnsLeft(setup, journal.cells);
      let spent = 0;
      for await (const cell of reason(setup, left, { engine, signal: this.stopping.signal })) {
        await journal.add(cell);
        this.cells.push(cell);
        spent += cell.ms;
        // Searches of a problem take turns, and differ: those of whole problems tell most.
        const share = (this.cells.length - journal.cells.length) / left.length;
        this.secondsLeft = (spent / 1000) * (1 / share - 1);
        this.reckon();
        this.tell();
      }
      this.result = resultOf(setup, this.turns, this.cells);
      if (this.result.how.complete) await this.stored.finish(this.result);
      this.status = this.result.how.complete ? 'finished' : 'stopped';
    } catch (error) {
      this.error = errorOf(error);
      this.status = 'failed';
    } finally {
      await journal?.close();
      this.secondsLeft = undefined;
      this.tell();
    }
  }

  private reckon(): void {
    const start = performance.now();
    if (start < this.nextResult) return;
    this.result = resultOf(this.stored.setup, this.turns, this.cells);
    const end = performance.now();
    this.nextResult = end + Math.max(RESULT_EVERY_MS, REST * (end - start));
  }

  private tell(): void {
    this.version++;
    this.changed.emit('news');
  }
}
