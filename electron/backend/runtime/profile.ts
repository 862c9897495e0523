import { readFile } from 'node:fs/promises';
import type { OperatorTime } from '../executor/events.ts';

/** Where the time of one session's runs went, from ONNX Runtime's own profile. */
export interface Profile {
  readonly operators: readonly OperatorTime[];
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

/** Operators around others: their time is that of the operators in their bodies, which are counted themselves. */
const AROUND: ReadonlySet<string> = new Set(['Loop', 'If', 'Scan']);

/** Reads the JSON that a session writes when profiling ends; each operator's kernel times, summed, longest first. */
export async function readProfile(path: string): Promise<Profile> {
  const events = JSON.parse(await readFile(path, 'utf8')) as ProfileEvent[];
  const operators = new Map<string, { operator: string; provider: string; count: number; ms: number }>();
  for (const { cat, name, dur = 0, args } of events) {
    if (cat !== 'Node' || !name?.endsWith('_kernel_time') || !args?.op_name || AROUND.has(args.op_name)) continue;
    const provider = providerName(args.provider ?? '');
    const key = `${args.op_name} ${provider}`;
    const entry = operators.get(key) ?? { operator: args.op_name, provider, count: 0, ms: 0 };
    entry.count++;
    entry.ms += dur / 1000;
    operators.set(key, entry);
  }
  return { operators: [...operators.values()].sort((a, b) => b.ms - a.ms) };
}

/** Share of the operators, 0..1, that another provider than `ran` took. Copies between devices are no operators. */
export function fallbackShare({ operators }: Profile, ran: string): number {
  const computing = operators.filter(({ operator }) => !operator.startsWith('Memcpy'));
  const total = computing.reduce((sum, { count }) => sum + count, 0);
  const elsewhere = computing.filter(({ provider }) => provider !== ran).reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? 0 : elsewhere / total;
}

/** `CUDAExecutionProvider` → `cuda`; `JsExecutionProvider` is WebGPU's former name. */
function providerName(name: string): string {
  const short = name.replace(/ExecutionProvider$/, '').toLowerCase();
  return short === 'js' ? 'webgpu' : short;
}
