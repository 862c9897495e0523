import type { StrategyName } from '../kinds.ts';
import type { Strategy } from '../search.ts';
import { beam, lookahead } from './beam.ts';
import { bestOfN, weightedBestOfN } from './best-of-n.ts';
import { computeOptimal } from './compute-optimal.ts';
import { contrastiveMcts } from './contrastive-mcts.ts';
import { reasoningAware } from './early-stop.ts';
import { greedy } from './greedy.ts';
import { latentConsistency } from './latent-consistency.ts';
import { mcts } from './mcts.ts';
import { mctsr } from './mctsr.ts';
import { confidenceWeighted, selfConsistency } from './self-consistency.ts';
import { reflexion, selfRefine } from './self-refine.ts';

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  greedy,
  'best-of-n': bestOfN,
  'weighted-best-of-n': weightedBestOfN,
  'self-consistency': selfConsistency,
  cisc: confidenceWeighted,
  rasc: reasoningAware,
  lsc: latentConsistency,
  'beam-search': beam,
  lookahead,
  mcts,
  mctsr,
  'sc-mcts': contrastiveMcts,
  'self-refine': selfRefine,
  reflexion,
  'compute-optimal': computeOptimal,
};
