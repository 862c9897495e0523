import { lineOf, type ReasoningPoint } from '../../graphs/reasoning.ts';
import { STRATEGIES } from '../../nodes/search-loop/kinds.ts';

/** `Best-of-N · tiny:prm` */
export function labelOf({ strategy, verifier }: Pick<ReasoningPoint, 'strategy' | 'verifier'>): string {
  const known: Readonly<Record<string, { readonly label: string }>> = STRATEGIES;
  const label = strategy === 'self-consistency' ? 'Self-consistency (majority@k)' : known[strategy]?.label;
  return lineOf({ strategy: label ?? strategy, ...(verifier !== undefined && { verifier }) });
}
