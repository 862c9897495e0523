import type { RunEvent, RunResult } from '../../../electron/backend/executor/events.ts';
import type { Plan, PlanStep } from '../../../graphs/compile.ts';

/** A step; `inputs` as `{ port: ['node.port'] }`. */
export function step(
  id: string,
  kind: string,
  params: Record<string, unknown> = {},
  inputs: Record<string, string[]> = {},
  wanted: string[] = ['text'],
): PlanStep {
  const refs = Object.entries(inputs).map(([port, sources]) => [
    port,
    sources.map((source) => ({ node: source.split('.')[0] ?? '', port: source.split('.')[1] ?? '' })),
  ]);
  return { id, kind, version: 1, params, inputs: Object.fromEntries(refs), wanted };
}

export const plan = (...steps: PlanStep[]): Plan => ({ title: 'test', steps, idle: {} });

export async function finish(events: AsyncIterable<RunEvent>, on?: (event: RunEvent) => void): Promise<RunResult> {
  for await (const event of events) {
    on?.(event);
    if (event.type === 'run-done') return event.result;
  }
  throw new Error('the run gave no result');
}
