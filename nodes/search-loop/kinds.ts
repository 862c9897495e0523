/** What a strategy is called, and what it cannot do without. Its doc comment in strategies/ names its source. */
interface StrategyInfo {
  readonly label: string;
  /** Nothing: it runs without one, and scores its candidates where there is one. `process`: one that judges steps. */
  readonly verifier?: 'any' | 'process';
  /** A weaker model to compare with. */
  readonly amateur?: true;
  /** Parameters that it heeds beside its budget and sampling. */
  readonly heeds: readonly ('exploration' | 'width' | 'lookahead' | 'rollout' | 'enough')[];
}

export const STRATEGIES = {
  greedy: { label: 'Greedy', heeds: [] },
  'best-of-n': { label: 'Best-of-N', verifier: 'any', heeds: [] },
  'weighted-best-of-n': { label: 'Weighted best-of-N', verifier: 'any', heeds: [] },
  'self-consistency': { label: 'Self-consistency', heeds: [] },
  cisc: { label: 'Confidence-weighted votes (CISC)', heeds: [] },
  rasc: { label: 'Votes with early stop (RASC)', heeds: ['enough'] },
  lsc: { label: 'Votes by semantic agreement (LSC)', heeds: [] },
  'beam-search': { label: 'Beam search over steps', verifier: 'process', heeds: ['width'] },
  lookahead: { label: 'Lookahead search', verifier: 'process', heeds: ['width', 'lookahead'] },
  mcts: { label: 'Monte-Carlo tree search', verifier: 'any', heeds: ['exploration', 'width', 'rollout'] },
  mctsr: { label: 'Tree of self-refined answers (MCTSr)', verifier: 'any', heeds: ['exploration', 'width'] },
  'sc-mcts': { label: 'Contrastive tree search (SC-MCTS*)', amateur: true, heeds: ['exploration', 'width'] },
  'self-refine': { label: 'Self-Refine', heeds: ['enough'] },
  reflexion: { label: 'Reflexion', verifier: 'any', heeds: ['enough'] },
  'compute-optimal': { label: 'Compute-optimal', heeds: ['enough', 'width'] },
} as const satisfies Readonly<Record<string, StrategyInfo>>;

export type StrategyName = keyof typeof STRATEGIES;

export const STRATEGY_NAMES = Object.keys(STRATEGIES) as [StrategyName, ...StrategyName[]];

const info = (name: StrategyName): StrategyInfo => STRATEGIES[name];

/** What people call a strategy; what else is measured beside them (`pass@k`) is called as it is. */
export function strategyLabel(name: string): string {
  const known: Readonly<Record<string, StrategyInfo>> = STRATEGIES;
  return known[name]?.label ?? name;
}

/** Names of the strategies that heed a parameter. */
export function heeding(param: StrategyInfo['heeds'][number]): StrategyName[] {
  return STRATEGY_NAMES.filter((name) => info(name).heeds.includes(param));
}

/** What is missing for a strategy to work, in words. `verifier`: what the one wired in judges; `wired` where that is not known yet. */
export function whatIsMissing(
  name: StrategyName,
  verifier: 'outcome' | 'process' | 'wired' | undefined,
  amateur: boolean,
): string | undefined {
  const { label, verifier: needed, amateur: compares } = info(name);
  if (compares && !amateur) return `${label} compares with a weaker model: wire its generator to the input "amateur"`;
  if (needed === undefined) return undefined;
  const without = STRATEGY_NAMES.filter((each) => !info(each).verifier && !info(each).amateur).join(', ');
  if (verifier === undefined)
    return `${label} needs a verifier: wire one in, or choose a strategy that needs none (${without})`;
  if (needed === 'process' && verifier === 'outcome')
    return `${label} needs a verifier that judges each step; this one judges whole solutions only`;
  return undefined;
}
