import type { Branching } from '../generation/branches.ts';
import { type BoundDecoder, type ChunkOptions, decodeChunk, startState } from '../generation/decode.ts';
import type { Sampling } from '../generation/sampling.ts';
import type { TextTokenizer } from '../generation/tokenizer.ts';
import { uniformGenerator } from '../generation/uniforms.ts';
import type { AnswerValue, HandleValue, TextValue } from '../values.ts';
import type { PreparedPrompt } from './prompt.ts';

/** What to generate. */
export interface GenerateRequest {
  readonly sampling: Sampling & { readonly seed: number };
  readonly maxTokens: number;
  /** Texts that end the answer; they are left out of it. */
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
  /** Hears the answer as far as it stands, after each chunk. */
  onText?(text: string): void;
}

export interface Generated {
  readonly answer: AnswerValue;
  readonly firstTokenMs: number;
  /** Milliseconds of all tokens after the first. */
  readonly restMs: number;
  /** Tokens that the cache holds at the end. */
  readonly cached: number;
}

/** An LLM bound to its visual context, ready to be asked many times. */
export interface GeneratorValue extends HandleValue {
  readonly type: 'generator';
  readonly summary: string;
  generate(question: TextValue, request: GenerateRequest): Promise<Generated>;
  /** Reads a prompt once, to go on from it many times. All sampling after it is a function of the seed. */
  branch(question: TextValue, seed: number): Promise<Branching>;
  /** The natural-log probability of each token of given answers, as this model sees them; see `logLikelihoods`. */
  likelihoods(
    question: TextValue,
    answers: readonly (readonly number[])[],
    signal: AbortSignal,
  ): Promise<readonly (readonly number[])[]>;
}

/** A call should end about this often, in ms: often enough for text to flow and for cancel to be heard. */
const CHUNK_MS = 250;
const [FEWEST, MOST] = [8, 32];

/** The first call makes one token, and its time is the time to first token; the rest comes in chunks. */
export async function generate(
  { session, sizes, tokenizer, ends, constants, clock, caveat }: BoundDecoder,
  { tokens: prompt, counts, room }: PreparedPrompt,
  { sampling, maxTokens, stop, signal, onText }: GenerateRequest,
): Promise<Generated> {
  const uniforms = [uniformGenerator(sampling.seed)];
  const options: Omit<ChunkOptions, 'steps'> = { sampling, ends, constants, uniforms };
  const most = Math.min(maxTokens, room);
  const ids: number[] = [];
  const logProbs: number[] = [];
  let state = startState(sizes, prompt);
  let finish: AnswerValue['finish'] = 'length';
  let text = '';
  let [firstTokenMs, restMs] = [0, 0];
  let steps = 1;
  while (ids.length < most) {
    if (signal.aborted) {
      finish = 'cancelled';
      break;
    }
    const start = clock();
    const chunk = await decodeChunk(session, sizes, state, {
      ...options,
      steps: Math.min(steps, most - ids.length),
    });
    const ms = clock() - start;
    if (ids.length === 0) firstTokenMs = ms;
    else restMs += ms;
    steps = ids.length === 0 ? FEWEST : chunkSize(steps, ms / chunk.steps);
    ids.push(...(chunk.tokens[0] ?? []));
    logProbs.push(...(chunk.logProbs[0] ?? []));
    state = chunk.state;
    const ended = state.ended[0] === 1;
    const whole = tokenizer.decode(ended ? ids.slice(0, -1) : ids);
    const cut = firstOf(whole, stop);
    text = cut === undefined ? whole : whole.slice(0, cut);
    onText?.(text);
    if (ended || cut !== undefined) {
      if (cut !== undefined) {
        const needed = tokensUntil(stop, ids, ids.length - chunk.steps, tokenizer);
        ids.length = needed;
        logProbs.length = needed;
      }
      finish = 'stop';
      break;
    }
  }
  const thinking = thinkingTokens(text, ids.length, tokenizer);
  return {
    answer: {
      type: 'answer',
      text,
      tokens: { ...counts, thinking, answer: ids.length - thinking },
      logProbs,
      finish,
      ...(caveat !== undefined && { caveat }),
    },
    firstTokenMs,
    restMs,
    cached: prompt.ids.length + Math.max(0, ids.length - 1),
  };
}

function chunkSize(before: number, tokenMs: number): number {
  return Math.max(FEWEST, Math.min(MOST, 2 * before, Math.round(CHUNK_MS / tokenMs)));
}

function firstOf(text: string, stops: readonly string[]): number | undefined {
  const found = stops.filter((stop) => stop !== '').map((stop) => text.indexOf(stop));
  const places = found.filter((at) => at >= 0);
  return places.length > 0 ? Math.min(...places) : undefined;
}

/** How many of `ids`, more than `before`, hold the first stop text: a chunk may have gone on after it. */
function tokensUntil(
  stops: readonly string[],
  ids: readonly number[],
  before: number,
  tokenizer: TextTokenizer,
): number {
  for (let count = before + 1; count < ids.length; count++)
    if (firstOf(tokenizer.decode(ids.slice(0, count)), stops) !== undefined) return count;
  return ids.length;
}

/** Tokens of `<think> … </think>` at the start of an answer; all of them where the thought was not ended. */
function thinkingTokens(text: string, count: number, tokenizer: TextTokenizer): number {
  const start = text.indexOf('<think>');
  if (start < 0) return 0;
  const end = text.indexOf('</think>', start);
  if (end < 0) return count;
  return Math.min(count, tokenizer.encode(text.slice(start, end + '</think>'.length)).length);
}
