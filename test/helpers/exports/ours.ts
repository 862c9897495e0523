import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import type { NodeMetrics, RunContext } from '../../../nodes/run.ts';

const lender = new RuntimeLender(new SessionPool(4e9));

/** Does `work` as a node that runs in the engine, in this process and on the CPU. */
export async function asNode<T>(
  wanted: readonly string[],
  work: (context: RunContext) => Promise<T>,
): Promise<{ readonly result: T; readonly metrics: NodeMetrics }> {
  let metrics: NodeMetrics = {};
  const terms = {
    signal: new AbortController().signal,
    wanted,
    provider: 'cpu',
    profile: false,
    onLoading() {},
    onProgress() {},
    onReport(more: NodeMetrics) {
      metrics = { ...metrics, ...more };
    },
  };
  const { result } = await lender.lend(terms, work);
  return { result, metrics };
}
