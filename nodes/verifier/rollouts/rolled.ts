import type { TextTokenizer } from '../../generation/tokenizer.ts';
import type { DecoderConfig } from '../../llm/config.ts';
import { preparePrompt } from '../../llm/prompt.ts';
import type { Session } from '../../run.ts';
import { itemSeed } from '../../training/batch.ts';
import type { Problem } from '../../training/data/arithmetic/problem.ts';
import type { Rollout, Solution } from '../../training/rollouts.ts';
import { padded, readTexts } from '../padded.ts';
import { answerIn } from '../solution.ts';
import { type Beginning, type ContinuingOptions, continued } from './continuing.ts';

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

interface Step {
  readonly prefix: readonly number[];
  texts: number;
  right: number;
}

/** The steps of a problem's solutions, those that begin alike as one. */
class Steps {
  private readonly byPrefix = new Map<string, Step>();
  private readonly right = new Map<readonly number[], boolean>();

  constructor(
    private readonly prompt: readonly number[],
    solutions: readonly (readonly number[])[],
    private readonly judge: (ids: readonly number[]) => boolean,
    private readonly options: Pick<RollingOptions, 'completions' | 'maxTokens'> & {
      readonly newline: number;
      readonly seed: number;
    },
  ) {
    for (const ids of solutions) {
      const right = judge(ids);
      this.right.set(ids, right);
      for (const count of this.endsIn(ids)) {
        const prefix = ids.slice(0, count);
        const step = this.byPrefix.get(`${prefix}`) ?? { prefix, texts: 0, right: 0 };
        this.byPrefix.set(`${prefix}`, step);
        step.texts += 1;
        step.right += Number(right);
      }
    }
  }

  /** Steps that too few texts go on from, and what continues them. */
  wanted(): { readonly prefix: readonly number[]; readonly beginning: Beginning }[] {
    const { completions, maxTokens, seed } = this.options;
    return [...this.byPrefix.values()].flatMap(({ prefix, texts }, index) => {
      const count = completions - texts;
      if (count <= 0 || prefix.length >= maxTokens) return [];
      const seeds = seedsOf(seed, 'completion', count, index);
      return [{ prefix, beginning: { ids: [...this.prompt, ...prefix], seeds, room: maxTokens - prefix.length } }];
    });
  }

  /** A text that went on from a step. */
  note(prefix: readonly number[], ids: readonly number[]): void {
    const step = this.byPrefix.get(`${prefix}`);
    if (!step) throw new Error('no solution has this step');
    step.texts += 1;
    step.right += Number(this.judge([...prefix, ...ids]));
  }

  of(ids: readonly number[]): Pick<Solution, 'right' | 'stepEnds' | 'shares'> {
    const stepEnds = this.endsIn(ids);
    const steps = stepEnds.map((count) => this.byPrefix.get(`${ids.slice(0, count)}`));
    const shares = this.options.completions === 0 ? [] : steps.map((step) => (step ? step.right / step.texts : 0));
    return { right: this.right.get(ids) ?? false, stepEnds, shares };
  }

  private endsIn(ids: readonly number[]): number[] {
    return ids.flatMap((id, at) => (id === this.options.newline ? [at + 1] : []));
  }
}

/** Of each solution's tokens, by the model at temperature 1. */
async function logProbsOf(
  prompts: readonly (readonly number[])[],
  solved: readonly (readonly (readonly number[])[])[],
  { likelihood, signal }: RollingOptions,
): Promise<number[][][]> {
  const texts = solved.flatMap((solutions, at) => solutions.map((ids) => [...(prompts[at] ?? []), ...ids]));
  const rows = await readTexts(likelihood, texts, 'log_probs', signal, (batch, tokens) => ({
    targets: padded(
      batch.map((ids) => ids.slice(1)),
      tokens,
    ),
  }));
  let next = 0;
  return solved.map((solutions, at) =>
    solutions.map((ids) => {
      const from = (prompts[at]?.length ?? 0) - 1;
      return Array.from(rows[next++]?.slice(from, from + ids.length) ?? [], (x) => Math.round(x * 1e4) / 1e4);
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

/** Different ones for solutions and for what goes on from each step. */
function seedsOf(seed: number, what: 'sample' | 'completion', count: number, index = 0): number[] {
  const stream = what === 'sample' ? seed : itemSeed(seed, 'validation', index);
  return Array.from({ length: count }, (_, i) => itemSeed(stream, 'train', i));
}
