import { AsyncLocalStorage } from 'node:async_hooks';
import type { OperatorTime, ProviderReport } from '../executor/events.ts';
import type { Usage } from '../executor/executor.ts';
import { highWater, resetHighWater, resident } from './memory.ts';
import type { Profile } from './profile.ts';

/** Milliseconds in which anybody made or ran a session in this process: while one does, nobody else moves. */
let heldMs = 0;
let heldSince: number | undefined;

function heldUntil(now: number): number {
  return heldMs + (heldSince === undefined ? 0 : now - heldSince);
}

/** Work that holds the engine and is charged to no node. One at a time in a process. */
export async function holdingForNobody<T>(work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  heldSince = start;
  try {
    return await work();
  } finally {
    heldSince = undefined;
    heldMs += performance.now() - start;
  }
}

/**
 * What one node uses while it runs. It follows the node through its asynchronous calls, so that a session is charged to
 * the node that runs it, even when another node made it (a generator, say).
 */
export class Account {
  loadMs = 0;
  private ownHeldMs = 0;
  private readonly startedAt = performance.now();
  private readonly heldAtStart = heldUntil(this.startedAt);
  private peakBytes: number | undefined;
  private readonly sessions = new Map<string, { provider: ProviderReport; bytes: number; profile?: Profile }>();

  constructor(
    readonly signal: AbortSignal,
    /** The execution provider asked for. */
    readonly asked: string,
    readonly profiling: boolean,
    readonly onLoading: (loading: boolean) => void,
  ) {}

  /**
   * Charges `work`, which holds the engine while it lasts: its time, and its highest resident memory above what there was
   * before, plus the sessions of this node that were there already. One at a time in a process.
   */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    const sessions = [...this.sessions.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const before = resident();
    resetHighWater();
    const start = performance.now();
    heldSince = start;
    try {
      return await work();
    } finally {
      const ms = performance.now() - start;
      heldSince = undefined;
      heldMs += ms;
      this.ownHeldMs += ms;
      this.peakBytes = Math.max(this.peakBytes ?? 0, sessions + Math.max(0, highWater() - before));
    }
  }

  /** Notes what a session of this node is now. */
  used(key: string, bytes: number, provider: ProviderReport, profile: Profile | undefined): void {
    this.sessions.set(key, { bytes, provider, profile });
  }

  usage(): Usage {
    const { provider, peakBytes, operators } = this;
    return { loadMs: this.loadMs, ownMs: this.ownMs, provider, peakBytes, operators };
  }

  /** Wall time so far, without loading and without what other nodes held the engine for. */
  get ownMs(): number {
    const now = performance.now();
    const others = heldUntil(now) - this.heldAtStart - this.ownHeldMs;
    return Math.max(0, now - this.startedAt - this.loadMs - others);
  }

  /** Of the sessions used, the one that ran furthest from what was asked. */
  private get provider(): ProviderReport | undefined {
    const reports = [...this.sessions.values()].map((session) => session.provider);
    return reports.find((report) => report.reason !== undefined) ?? reports[0];
  }

  private get operators(): readonly OperatorTime[] | undefined {
    const operators = [...this.sessions.values()].flatMap((session) => session.profile?.operators ?? []);
    return operators.length > 0 ? operators.sort((a, b) => b.ms - a.ms) : undefined;
  }
}

export const accounts = new AsyncLocalStorage<Account>();

/** Throws outside a node. */
export function currentAccount(): Account {
  const account = accounts.getStore();
  if (!account) throw new Error('a session was used outside a node');
  return account;
}
