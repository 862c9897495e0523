import type { TextTokenizer } from '../../generation/tokenizer.ts';
import type { DecoderConfig } from '../../llm/config.ts';
import { preparePrompt } from '../../llm/prompt.ts';
import type { Session } from '../../run.ts';
import type { Problem } from '../../training/data/arithmetic/problem.ts';
import type { Rollout, Solution } from '../../training/rollouts.ts';
import { likelihoods } from '../padded.ts';
import { answerIn } from '../solution.ts';
import { type Beginning, type ContinuingOptions, continued } from './continuing.ts';
import { Steps, seedsOf } from './steps.ts';

export interface RollingOptions extends Omit<ContinuingOptions, 'end'> {
  readonly tokenizer: TextTokenizer;
  /** Solutions of a problem. */
  readonly samples: number;
  /** Texts that go on from a step, at least, that its share is made of; 0: steps are not looked at. */
  readonly completions: number;
  readonly maxTokens: number;
  /** Gives log-probabilities: a session of `likelihoodGraph`. */
  readonly likelihood: Session;
}

/** A problem, and the seed of all that is drawn for it. */
export interface Posed {
  readonly problem: Problem;
  readonly seed: number;
}

/**
 * Solves problems many times over, and goes on from each step of each solution to see how often that ends well
 * (Math-Shepherd, Wang et al. 2024, section 3.3). A solution that goes through a step is one of the texts that go on from
 * there; others are drawn until there are `completions`.
 */
export async function rolledOut(posed: readonly Posed[], options: RollingOptions): Promise<Rollout[]> {
  const { tokenizer, samples, config, maxTokens } = options;
  const [end, newline] = [tokenOf(tokenizer, '<end>'), tokenOf(tokenizer, '\n')];
  const drawn = { ...options, end };
  const prompts = posed.map(({ problem }) => promptOf(config, tokenizer, problem.question));
  const beginnings = prompts.map(
    (ids, at): Beginning => ({ ids, room: maxTokens, seeds: seedsOf(posed[at]?.seed ?? 0, 'sample', samples) }),
  );
  const solved = await continued(beginnings, drawn);
  const trees = posed.map(({ problem, seed }, at) => {
    const judge = (ids: readonly number[]) => answerIn(textOf(tokenizer, ids, end)) === problem.answer;
    return new Steps(prompts[at] ?? [], solved[at] ?? [], judge, { ...options, newline, seed });
  });
  if (options.completions > 0) await completed(trees, drawn);
  const likelihoods = await logProbsOf(prompts, solved, options);
  return posed.map(({ problem: { question, answer } }, at) => ({
    question,
    answer,
    solutions: (solved[at] ?? []).map((ids, sample): Solution => {
      const { right, stepEnds, shares } = (trees[at] as Steps).of(ids);
      return {
        ...{ ids: [...ids], text: textOf(tokenizer, ids, end), right, stepEnds, shares },
        logProbs: likelihoods[at]?.[sample] ?? [],
      };
    }),
  }));
}

/** Draws what the steps of all problems still need, as one pile of work. */
async function completed(trees: readonly Steps[], options: ContinuingOptions): Promise<void> {
  const wanted = trees.flatMap((tree) => tree.wanted().map((one) => ({ tree, ...one })));
  const texts = await continued(
    wanted.map(({ beginning }) => beginning),
    options,
  );
  wanted.forEach(({ tree, prefix }, i) => {
    for (const ids of texts[i] ?? []) tree.note(prefix, ids);
  });
}

/** Of each solution's tokens, by the model at temperature 1. */
async function logProbsOf(
  prompts: readonly (readonly number[])[],
  solved: readonly (readonly (readonly number[])[])[],
  { likelihood, signal }: RollingOptions,
): Promise<number[][][]> {
  const texts = solved.flatMap((solutions, at) => solutions.map((ids) => [...(prompts[at] ?? []), ...ids]));
  const rows = await likelihoods(likelihood, texts, signal);
  let next = 0;
  return solved.map((solutions, at) =>
    solutions.map(() => {
      const own = rows[next++]?.subarray(prompts[at]?.length ?? 0) ?? [];
      return Array.from(own, (x) => Math.round(x * 1e4) / 1e4);
    }),
  );
}

function promptOf(config: DecoderConfig, tokenizer: TextTokenizer, question: string): readonly number[] {
  return preparePrompt(config, 'tiny', tokenizer, { type: 'text', text: question }, []).tokens.ids;
}

function textOf(tokenizer: TextTokenizer, ids: readonly number[], end: number): string {
  return tokenizer.decode(ids.at(-1) === end ? ids.slice(0, -1) : ids);
}

function tokenOf(tokenizer: TextTokenizer, token: string): number {
  const id = tokenizer.idOf(token);
  if (id === undefined)
    throw new Error(`the model's tokenizer has no ${JSON.stringify(token)}: it writes no solutions`);
  return id;
}
