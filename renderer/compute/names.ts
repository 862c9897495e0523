import { lineOf, type ReasoningPoint } from '../../graphs/reasoning.ts';
import { strategyLabel } from '../../nodes/search-loop/kinds.ts';

/** `Best-of-N · tiny:prm` */
export function labelOf({ strategy, verifier }: Pick<ReasoningPoint, 'strategy' | 'verifier'>): string {
  const label = strategy === 'self-consistency' ? 'Self-consistency (majority@k)' : strategyLabel(strategy);
  return lineOf({ strategy: label, ...(verifier !== undefined && { verifier }) });
}
