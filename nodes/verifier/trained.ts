import { type TextTokenizer, tokenizerOf } from '../generation/tokenizer.ts';
import { preparePrompt } from '../llm/prompt.ts';
import type { CardOf } from '../models/card.ts';
import { modelSession } from '../neural-run.ts';
import { NodeError, type RunContext, type Session, type StoredModel } from '../run.ts';
import type { TextValue } from '../values.ts';
import { likelihoodGraph, verifierGraph } from './model.ts';
import { likelihoods, readTexts } from './padded.ts';
import { isWhole } from './solution.ts';
import type { Verdict } from './verifier.ts';

/** How the chances after the steps of a solution are made one. */
export type Aggregate = 'last' | 'min' | 'product' | 'mean';

/** A trained verifier, ready to read solutions. */
export interface TrainedJudge {
  verify(question: TextValue, solutions: readonly string[], signal: AbortSignal): Promise<readonly Verdict[]>;
  /** Tokens read so far. */
  readonly run: number;
}

type VerifierCard = CardOf<'verifier'>;

const PRECISION = { precision: 'fp32', fused: true } as const;

export async function trainedJudge(
  context: RunContext,
  model: StoredModel & { readonly card: VerifierCard },
  aggregate: Aggregate,
): Promise<TrainedJudge> {
  const { card } = model;
  const tokenizer = await tokenizerOf(context, { path: model.tokenizer });
  const session = await modelSession(context, ['verifier', card.judges, card.architecture], model.weights, () =>
    verifierGraph(card, PRECISION),
  );
  const solver = await solverSession(context, card.solver);
  const read = card.judges === 'implicit' ? ratioReader(session, solver, card.beta ?? 1) : scoreReader(session, solver);
  return new Judge(card, tokenizer, read, aggregate);
}

/** What a verifier's model makes of each token of texts. */
type Reader = (texts: readonly Text[], signal: AbortSignal) => Promise<readonly Float32Array[]>;

interface Text {
  readonly ids: readonly number[];
  /** Tokens of the question, and of what frames it. */
  readonly opening: number;
}

class Judge implements TrainedJudge {
  run = 0;

  constructor(
    private readonly card: VerifierCard,
    private readonly tokenizer: TextTokenizer,
    private readonly read: Reader,
    private readonly aggregate: Aggregate,
  ) {}

  async verify(question: TextValue, solutions: readonly string[], signal: AbortSignal): Promise<readonly Verdict[]> {
    const { card, tokenizer } = this;
    const opening = preparePrompt(card.architecture, 'tiny', tokenizer, question, []).tokens.ids;
    const [end, newline] = [idOf(tokenizer, '<end>'), idOf(tokenizer, '\n')];
    const texts = solutions.map((solution): Text & { readonly places: readonly number[] } => {
      const written = [...tokenizer.encode(solution), ...(isWhole(solution) ? [end] : [])];
      const places = written.flatMap((id, at) => (id === newline || id === end ? [opening.length + at] : []));
      return { ids: [...opening, ...written], opening: opening.length, places };
    });
    this.run += texts.reduce((sum, { ids }) => sum + ids.length, 0);
    const rows = await this.read(texts, signal);
    return texts.map((text, i) => this.verdict(rows[i] as Float32Array, text));
  }

  private verdict(row: Float32Array, { ids, opening, places }: Text & { places: readonly number[] }): Verdict {
    const chance = (at: number) => chanceAt(this.card.judges, row, at);
    const last = chance(ids.length - 1);
    if (this.card.judges === 'outcome') return { score: last };
    const steps = places.map(chance);
    // Nothing is a step yet: the beginning of a line is all there is.
    if (steps.length === 0) return { score: last, steps };
    return {
      score: this.card.judges === 'process' ? aggregated(steps, this.aggregate) : (steps.at(-1) as number),
      steps,
      ...(this.card.judges === 'progress' && { start: chance(opening - 1) }),
    };
  }
}

function chanceAt(judges: VerifierCard['judges'], row: Float32Array, at: number): number {
  if (judges !== 'process') return sigmoid(row[at] as number);
  const [bad = 0, middling = 0, good = 0] = softmax([...row.subarray(3 * at, 3 * at + 3)]);
  return (good + middling / 2) / (bad + middling + good);
}

function aggregated(steps: readonly number[], aggregate: Aggregate): number {
  switch (aggregate) {
    case 'last':
      return steps.at(-1) as number;
    case 'min':
      return Math.min(...steps);
    case 'product':
      return steps.reduce((product, step) => product * step, 1);
    case 'mean':
      return steps.reduce((sum, step) => sum + step, 0) / steps.length;
  }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  return logits.map((x) => Math.exp(x - largest));
}

async function solverSession(context: RunContext, solver: string): Promise<Session> {
  const { card, weights } = await context.storedModel(solver);
  if (card.kind !== 'llm')
    throw new NodeError(`"${solver}" is no LLM, so it has solved nothing.`, 'Train the verifier again.');
  const { architecture } = card;
  return modelSession(context, ['likelihood', architecture], weights, () => likelihoodGraph(architecture, PRECISION));
}

/** Scores of a head, which hears how likely the solver found each token of a solution. */
function scoreReader(session: Session, solver: Session): Reader {
  return async (texts, signal) => {
    const ids = texts.map((text) => text.ids);
    const logProbs = await likelihoods(solver, ids, signal);
    // The solver did not choose the question.
    for (const [i, { opening }] of texts.entries()) logProbs[i]?.fill(0, 0, opening);
    return readTexts(session, ids, 'scores', signal, (places, tokens) => {
      const data = new Float32Array(places.length * tokens);
      places.forEach((at, row) => {
        data.set(logProbs[at] as Float32Array, row * tokens);
      });
      return { surprise: { dtype: 'float32', dims: [places.length, tokens], data } };
    });
  };
}

/** Logits of an implicit verifier: after each token, `beta` times the sum of the log-ratios of the solution so far. */
function ratioReader(session: Session, solver: Session, beta: number): Reader {
  return async (texts, signal) => {
    const ids = texts.map((text) => text.ids);
    const own = await likelihoods(session, ids, signal);
    const others = await likelihoods(solver, ids, signal);
    return texts.map((text, i) => summed(own[i] as Float32Array, others[i] as Float32Array, text, beta));
  };
}

/** The first token of a solution is left out, as it is in training. */
function summed(own: Float32Array, other: Float32Array, { ids, opening }: Text, beta: number): Float32Array {
  const logits = new Float32Array(ids.length);
  let sum = 0;
  for (let at = opening + 1; at < ids.length; at++) {
    sum += (own[at] as number) - (other[at] as number);
    logits[at] = beta * sum;
  }
  return logits;
}

function idOf(tokenizer: TextTokenizer, token: string): number {
  const id = tokenizer.idOf(token);
  if (id === undefined) throw new Error(`the verifier's tokenizer has no ${JSON.stringify(token)}`);
  return id;
}
