import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { NodeError } from '../../../../nodes/run.ts';
import type { EngineProcess } from '../../engine/process.ts';
import { errorOf } from '../../executor/trouble.ts';
import { type Machine, thisMachine } from './choice.ts';
import { type Pulled, type PullProgress, pull } from './pull.ts';
import { type HubRepo, parseRepo, referenceOf } from './repo.ts';

/** A download that the app asked for. */
export interface PullState {
  readonly id: string;
  /** `hf:owner/name@revision`. */
  readonly reference: string;
  readonly status: 'running' | 'finished' | 'failed' | 'cancelled';
  readonly progress: PullProgress;
  readonly pulled?: Pulled;
  readonly message?: string;
  readonly hint?: string;
}

/** Many pieces come in between. */
const NEWS_MS = 200;

/** Downloads of models, which go on whoever listens; those that are over stay until they are put away. */
export class Pulls {
  private readonly states = new Map<string, PullState>();
  private readonly stops = new Map<string, AbortController>();
  private readonly news = new EventEmitter().setMaxListeners(0);

  constructor(private readonly engine: Pick<EngineProcess, 'providers'>) {}

  /** Returns its id; one of the same that is under way is not begun again. Throws a `HubError` where that is no name. */
  start(text: string, variant: string | undefined): string {
    const repo = parseRepo(text);
    const reference = referenceOf(repo);
    const same = [...this.states.values()].find((state) => state.reference === reference);
    if (same?.status === 'running' && (variant === undefined || same.progress.variant === variant)) return same.id;
    if (same && same.status !== 'running') this.states.delete(same.id);
    const id = randomUUID();
    const stop = new AbortController();
    this.stops.set(id, stop);
    this.change({ id, reference, status: 'running', progress: { done: 0, of: 0 } });
    void this.follow(id, repo, variant, stop.signal);
    return id;
  }

  /** What came so far is kept. */
  cancel(id: string): void {
    if (!this.states.has(id)) throw new NodeError('This download is over.');
    this.stops.get(id)?.abort();
  }

  /** Only one that is over. */
  putAway(id: string): void {
    if (this.states.get(id)?.status === 'running') return;
    this.states.delete(id);
    this.news.emit('news');
  }

  /** All of them as they stand, then again whenever something is new. */
  async *all(signal?: AbortSignal): AsyncGenerator<readonly PullState[], void, void> {
    for (;;) {
      const next = once(this.news, 'news', { signal }).catch(() => {});
      yield [...this.states.values()];
      await next;
      if (signal?.aborted) return;
      await wait(NEWS_MS);
    }
  }

  /** What precisions are chosen for. */
  async machine(): Promise<Machine> {
    // A download is worth having while the engine is not: it is then chosen for the CPU.
    const providers = await this.engine.providers().catch(() => []);
    return thisMachine(providers.filter(({ works }) => works).map(({ name }) => name));
  }

  /** Ends them; what came is kept. */
  close(): void {
    for (const stop of this.stops.values()) stop.abort();
  }

  private async follow(id: string, repo: HubRepo, variant: string | undefined, signal: AbortSignal): Promise<void> {
    const report = (progress: PullProgress) => this.edit(id, { progress });
    try {
      const pulled = await pull(repo, { variant, machine: await this.machine(), signal, report });
      this.edit(id, { status: 'finished', pulled });
    } catch (error) {
      if (signal.aborted) this.edit(id, { status: 'cancelled' });
      else this.edit(id, { status: 'failed', ...errorOf(error) });
    }
    this.stops.delete(id);
  }

  private edit(id: string, change: Partial<PullState>): void {
    const state = this.states.get(id);
    if (state) this.change({ ...state, ...change });
  }

  private change(state: PullState): void {
    this.states.set(state.id, state);
    this.news.emit('news');
  }
}
