import type { RunContext } from '../../../nodes/run.ts';
import { RuntimeLender } from './lender.ts';
import { machineMemory } from './machine.ts';
import { SessionPool } from './sessions.ts';

/** Lends what a node would be lent, on the CPU, for work that stands in no graph. */
export async function lentAlone<T>(signal: AbortSignal, work: (context: RunContext) => Promise<T>): Promise<T> {
  const lender = new RuntimeLender(new SessionPool(machineMemory() / 2));
  const terms = {
    ...{ signal, wanted: [], provider: 'cpu', profile: false },
    onLoading: () => {},
    onProgress: () => {},
    onReport: () => {},
  };
  return (await lender.lend(terms, work)).result;
}
