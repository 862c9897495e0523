import { lineOf, type ReasoningClaim } from '../../../graphs/reasoning.ts';
import { strategyLabel } from '../../../nodes/search-loop/kinds.ts';
import { differs, LEVEL, mean, pairedBootstrap } from '../comparison/bootstrap.ts';
import { type Line, meanOf, tokensOf } from './lines.ts';

/** Candidates that the claims about sampling speak of. */
const SIXTEEN = 16;

/** Searches along the steps of a solution. */
const TREES = ['beam-search', 'lookahead', 'mcts', 'sc-mcts'];

/**
 * What is claimed of search, held against these lines: a claim whose strategies were not measured is left out. Differences are
 * taken within problems.
 */
export function claimsOf(lines: readonly Line[], verifiers: readonly string[], seed: number): ReasoningClaim[] {
  const at = (strategy: string, budget: number, verifier?: string) =>
    lines.find((line) => line.strategy === strategy && line.budget === budget && line.verifier === verifier);
  const [main, ...others] = verifiers;
  const once = at('pass@1', 1);
  const best = at('best-of-n', SIXTEEN, main);
  return [
    gain(at('self-consistency', SIXTEEN), once, 0.08, seed),
    gain(best, once, 0.12, seed),
    ...others.map((other) => gain(best, at('best-of-n', SIXTEEN, other), 0, seed)),
    atEqualTokens(lines, main, seed),
    atEqualAccuracy(lines, main, seed),
  ].flat();
}

function nameOf(line: Line): string {
  if (line.strategy === 'pass@1') return line.strategy;
  return `${lineOf({ ...line, strategy: strategyLabel(line.strategy) })} with ${line.budget} candidates`;
}
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const points = (difference: number) => `${difference >= 0 ? '+' : '−'}${Math.abs(100 * difference).toFixed(1)} points`;
const accuracyOf = ({ outcomes }: Line) => meanOf(outcomes, ({ solved }) => solved);

/** `line` is at least so much better than `than`. */
function gain(line: Line | undefined, than: Line | undefined, least: number, seed: number): ReasoningClaim[] {
  if (!line || !than) return [];
  const compared = differenceOf(solvedOf(line), solvedOf(than), seed);
  const [a, b] = [nameOf(line), nameOf(than)];
  return [
    {
      claim:
        least === 0 ? `${a} is at least as good as ${b}` : `${a} is at least ${100 * least} points better than ${b}`,
      found: `${percent(accuracyOf(line))} against ${percent(accuracyOf(than))}: ${points(compared.difference)}`,
      holds: compared.difference >= least,
      ...compared,
    },
  ];
}

const solvedOf = ({ outcomes }: Line): number[] => outcomes.map(({ solved }) => solved);

function differenceOf(a: readonly number[], b: readonly number[], seed: number, level = LEVEL) {
  const differences = a.map((solved, problem) => solved - (b[problem] ?? 0));
  const { difference, low, high } = pairedBootstrap(differences, mean, seed, level);
  return { difference, low, high, differs: differs({ difference, low, high }, differences.length) };
}

/**
 * A search along steps beats best-of-N for the same tokens, at one budget at least. Best-of-N for that many tokens lies between
 * two of its budgets, on the logarithm of the tokens. Whoever looks at many differences finds a large one: each interval is
 * as much wider as makes all of them hold together (Bonferroni), and the claim holds where one of them is above 0.
 */
function atEqualTokens(lines: readonly Line[], verifier: string | undefined, seed: number): ReasoningClaim[] {
  const curve = curveOf(lines, verifier);
  const pairs = lines
    .filter(({ strategy }) => TREES.includes(strategy))
    .flatMap((line) => {
      const tokens = tokensOf(line.outcomes);
      const same = between(curve, tokens);
      return same ? [{ line, tokens, same }] : [];
    });
  const level = 1 - (1 - LEVEL) / pairs.length;
  const [first] = pairs
    .map((pair) => ({ ...pair, ...differenceOf(solvedOf(pair.line), pair.same, seed, level) }))
    .sort((a, b) => b.low - a.low);
  if (!first) return [];
  const { line, tokens, same, ...figures } = first;
  const best = meanOf(same, (solved) => solved);
  const among = pairs.length > 1 ? `, the clearest of ${pairs.length} differences (their intervals hold together)` : '';
  return [
    {
      claim: 'A search along steps is better than best-of-N for the same generated tokens, at one budget at least',
      found: `${nameOf(line)}, ${tokens.toFixed(0)} tokens a problem: ${percent(accuracyOf(line))} against ${percent(best)}: ${points(figures.difference)}${among}`,
      holds: figures.differs && figures.difference > 0,
      ...figures,
    },
  ];
}

/** Best-of-N by its tokens, ascending. */
function curveOf(lines: readonly Line[], verifier: string | undefined) {
  return lines
    .filter((line) => line.strategy === 'best-of-n' && line.verifier === verifier)
    .map((line) => ({ line, tokens: tokensOf(line.outcomes), solved: solvedOf(line) }))
    .sort((a, b) => a.tokens - b.tokens);
}

/** How often each problem is solved for so many tokens; undefined where that is more, or less, than was measured. */
function between(curve: ReturnType<typeof curveOf>, tokens: number): number[] | undefined {
  const next = curve.findIndex((one) => one.tokens >= tokens);
  const [low, high] = [curve[next - 1], curve[next]];
  if (!low || !high) return undefined;
  const share = Math.log(tokens / low.tokens) / Math.log(high.tokens / low.tokens);
  return high.solved.map((solved, problem) => (1 - share) * (low.solved[problem] ?? 0) + share * solved);
}

const COMPUTE_OPTIMAL = 'Compute-optimal search reaches the accuracy of best-of-N with at most half of its tokens';

/** Compute-optimal search comes to what best-of-N comes to, with half of its tokens at most. */
function atEqualAccuracy(lines: readonly Line[], verifier: string | undefined, seed: number): ReasoningClaim[] {
  const optimal = lines.filter(({ strategy }) => strategy === 'compute-optimal');
  const reached = curveOf(lines, verifier)
    .filter(({ line }) => line.budget > 1)
    .flatMap((best) => {
      const [cheapest] = optimal
        .filter((line) => accuracyOf(line) >= accuracyOf(best.line))
        .sort((a, b) => tokensOf(a.outcomes) - tokensOf(b.outcomes));
      return cheapest ? [{ best, cheapest, ratio: tokensOf(cheapest.outcomes) / best.tokens }] : [];
    })
    .sort((a, b) => a.ratio - b.ratio);
  const [first] = reached;
  if (!first) return notReached(optimal.at(-1), curveOf(lines, verifier).at(-1)?.line, seed);
  const { best, cheapest, ratio } = first;
  return [
    {
      claim: COMPUTE_OPTIMAL,
      found: `${nameOf(cheapest)}: ${percent(accuracyOf(cheapest))} for ${tokensOf(cheapest.outcomes).toFixed(0)} tokens; ${nameOf(best.line)}: ${percent(accuracyOf(best.line))} for ${best.tokens.toFixed(0)}: ${percent(ratio)} of its tokens`,
      holds: ratio <= 0.5,
      ...differenceOf(solvedOf(cheapest), best.solved, seed),
    },
  ];
}

function notReached(optimal: Line | undefined, best: Line | undefined, seed: number): ReasoningClaim[] {
  if (!optimal || !best) return [];
  return [
    {
      claim: COMPUTE_OPTIMAL,
      found: `It is reached at no budget; ${nameOf(optimal)}: ${percent(accuracyOf(optimal))}, ${nameOf(best)}: ${percent(accuracyOf(best))}`,
      holds: false,
      ...differenceOf(solvedOf(optimal), solvedOf(best), seed),
    },
  ];
}
