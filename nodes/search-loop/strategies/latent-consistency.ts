import type { Strategy } from '../search.ts';
import { searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { tally } from '../votes.ts';

/**
 * Semantic consistency: a solution's vote weighs as much as its embedding agrees with those of the others, wᵢ = mean over j ≠ i
 * of cos(eᵢ, eⱼ) (semantic consensus weighting, Knappe et al. 2024, Semantic Self-Consistency, section 3; Latent
 * Self-Consistency, Oh et al. 2025, takes the largest mean similarity of learned summaries alike). The embedding here is
 * no learned one: the counts of the solution's tokens, each weighed by how few of the solutions hold it (tf-idf).
 */
export const latentConsistency: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    const weights = agreement(tokenVectors(search.solutions));
    return tally(search.solutions, (_, index) => weights[index] ?? 0);
  });

type TokenVector = ReadonlyMap<number, number>;

/** Unit vectors over token ids. */
function tokenVectors(solutions: readonly TreeNode[]): TokenVector[] {
  const counts = solutions.map(({ branch }) => {
    const found = new Map<number, number>();
    for (const id of branch.ids) found.set(id, (found.get(id) ?? 0) + 1);
    return found;
  });
  const holders = new Map<number, number>();
  for (const found of counts) for (const id of found.keys()) holders.set(id, (holders.get(id) ?? 0) + 1);
  return counts.map((found) => {
    const weighed = [...found].map(([id, count]): [number, number] => [
      id,
      count * Math.log((1 + solutions.length) / (holders.get(id) ?? 1)),
    ]);
    const length = Math.hypot(...weighed.map(([, weight]) => weight)) || 1;
    return new Map(weighed.map(([id, weight]) => [id, weight / length]));
  });
}

/** Mean cosine of each to the others; 1 where there are no others. */
function agreement(vectors: readonly TokenVector[]): number[] {
  return vectors.map((one, index) => {
    const others = vectors.filter((_, other) => other !== index);
    if (others.length === 0) return 1;
    return others.reduce((sum, other) => sum + dot(one, other), 0) / others.length;
  });
}

function dot(a: TokenVector, b: TokenVector): number {
  let sum = 0;
  for (const [id, weight] of a) sum += weight * (b.get(id) ?? 0);
  return sum;
}
