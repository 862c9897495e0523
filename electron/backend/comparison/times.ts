import { createHash } from 'node:crypto';
import { canonical } from '../../../graphs/canonical.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import { timeOfRun } from './compare.ts';
import type { RunTime } from './news.ts';
import { isAsked, type Setup, type Variant } from './setup.ts';

/** Measures how long runs of graphs take. What was measured is kept, so that another graph, or other numbers, cost little. */
export class RunTimes {
  private readonly known = new Map<string, number>();
  private measuring: AbortController | undefined;

  constructor(private readonly engine: RunningEngine) {}

  /** Of each graph in turn, until `signal` ends it or another is asked for. */
  async *of(setup: Setup, signal: AbortSignal): AsyncGenerator<RunTime, void, void> {
    this.stop();
    const measuring = new AbortController();
    this.measuring = measuring;
    const comparing = { engine: this.engine, signal: AbortSignal.any([signal, measuring.signal]) };
    for (const variant of setup.variants) {
      const key = keyOf(variant, setup);
      const ms = this.known.get(key) ?? (await timeOfRun(setup, variant, comparing));
      if (ms === undefined) return;
      this.known.set(key, ms);
      yield { graph: variant.graph, ms };
    }
  }

  stop(): void {
    this.measuring?.abort();
  }
}

function keyOf(variant: Variant, setup: Setup): string {
  const { document, folder } = variant;
  const told = [document.nodes, folder ?? null, isAsked(variant, setup) ? (setup.data?.name ?? null) : null];
  return createHash('sha256').update(canonical(told)).digest('base64url');
}
