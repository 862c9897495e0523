import type { Plan } from '../../../graphs/compile.ts';
import type { NodeReport, RunEvent, RunResult } from '../executor/events.ts';

/**
 * One run as seen from outside the engine: a queue of its events, and enough of its state to end it properly when the
 * engine process dies.
 */
export class RunRecord {
  done = false;
  cancelling = false;
  private readonly queue: RunEvent[] = [];
  private readonly reports: Record<string, NodeReport> = {};
  private readonly started = new Set<string>();
  private readonly startedAt = performance.now();
  private wake: () => void = () => {};
  private readonly doneListeners: (() => void)[] = [];

  constructor(
    private readonly run: string,
    private readonly plan: Plan,
  ) {}

  add(event: RunEvent): void {
    if (this.done) return;
    if (event.type === 'node-started') this.started.add(event.node);
    if (event.type === 'node-done') this.reports[event.node] = event.report;
    this.queue.push(event);
    if (event.type === 'run-done') {
      this.done = true;
      for (const listener of this.doneListeners) listener();
    }
    this.wake();
  }

  onDone(listener: () => void): void {
    this.doneListeners.push(listener);
  }

  async *events(): AsyncGenerator<RunEvent, void, void> {
    for (;;) {
      for (let event = this.queue.shift(); event; event = this.queue.shift()) yield event;
      if (this.done) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Ends the run from outside: what was done stays, the rest is cancelled, failed or skipped. */
  engineLost(how: string, said: string, graceMs: number): void {
    if (this.done) return;
    const error = this.cancelling
      ? {
          message: `The run did not stop within ${graceMs / 1000} s, so the engine was ended; it starts again with the next run.`,
        }
      : {
          message: `The engine process ${how} during the run.`,
          hint: hintOf(said),
        };
    for (const step of this.plan.steps) {
      if (this.reports[step.id]) continue;
      const report: NodeReport = this.cancelling
        ? { kind: step.kind, status: 'cancelled' }
        : this.started.has(step.id)
          ? { kind: step.kind, status: 'failed', error }
          : { kind: step.kind, status: 'skipped', why: 'the engine ended' };
      this.add({ type: 'node-done', run: this.run, node: step.id, report });
    }
    const result: RunResult = {
      run: this.run,
      graph: this.plan.title,
      status: this.cancelling ? 'cancelled' : 'failed',
      totalMs: performance.now() - this.startedAt,
      nodes: this.reports,
      error,
    };
    this.add({ type: 'run-done', run: this.run, result });
  }
}

/** What to do about an engine that ended by itself; `said`: the last error it wrote. */
function hintOf(said: string): string {
  if (/bad_alloc|out of memory|cannot allocate/i.test(said))
    return `There was not enough memory (${said.replace(/^what\(\):\s*/, '')}). Use a smaller model, a coarser precision or a shorter context.`;
  if (said) return `Its last error was: ${said}`;
  return 'Run again: it starts anew. If it ends again at the same node, that node may need more memory than there is.';
}
