import type { AdapterConfig } from '../cross-attention-adapter/adapter.ts';
import type { Branching } from '../generation/branches.ts';
import { appended, type BoundDecoder, type ChunkOptions, decodeChunk, startState } from '../generation/decode.ts';
import type { Sampling } from '../generation/sampling.ts';
import { openedThought } from '../generation/steps.ts';
import { uniformGenerator } from '../generation/uniforms.ts';
import type { Precision } from '../onnx/graph.ts';
import type { WeightSource } from '../onnx/weights.ts';
import type { AnswerValue, HandleValue, TextValue } from '../values.ts';
import type { DecoderConfig } from './config.ts';
import type { PreparedPrompt } from './prompt.ts';
import { type Thinking, Transcript } from './transcript.ts';

/** What to generate. */
export interface GenerateRequest {
  readonly sampling: Sampling & { readonly seed: number };
  readonly maxTokens: number;
  /** Texts that end the answer; they are left out of it. */
  readonly stop: readonly string[];
  /** As the model thinks, all of it shown, if absent. */
  readonly thinking?: Thinking;
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
  /** The endpoint that it runs at: it may think before it answers whatever it is asked, and is asked many things at once. */
  readonly server?: string;
  /** For a node that decodes in a way of its own. Absent where it runs elsewhere, or was exported by others. */
  readonly local?: LocalModel;
}

/** What a decoder's graph is built from. */
export interface DecoderModel {
  readonly config: DecoderConfig;
  readonly precision: Precision;
  /** Gated layers that stand among the decoder's; their weights are among these. */
  readonly adapter?: AdapterConfig;
  readonly weights: WeightSource;
}

/** A model of ours, whose layers can be put into another graph. */
export interface LocalModel extends DecoderModel {
  readonly decoder: BoundDecoder;
  prepare(question: TextValue): PreparedPrompt;
}

/** A call should end about this often, in ms: often enough for text to flow and for cancel to be heard. */
const CHUNK_MS = 250;
const [FEWEST, MOST] = [8, 32];

/** The first call makes one token, and its time is the time to first token; the rest comes in chunks. */
export async function generate(
  { session, sizes, tokenizer, ends, constants, clock, caveat }: BoundDecoder,
  { tokens: prompt, counts, room }: PreparedPrompt,
  { sampling, maxTokens, stop, thinking = AS_IT_COMES, signal, onText }: GenerateRequest,
): Promise<Generated> {
  const uniforms = [uniformGenerator(sampling.seed)];
  const options: Omit<ChunkOptions, 'steps'> = { sampling, ends, constants, uniforms };
  const opened = openedThought(tokenizer, prompt.ids);
  const transcript = new Transcript({ tokenizer, stop, thinking, ...(opened !== undefined && { opened }) });
  // An end of thinking that is put in needs a position too.
  const most = Math.min(maxTokens, thinking.budget > 0 ? room - 1 : room);
  let state = startState(sizes, prompt);
  let [firstTokenMs, restMs] = [0, 0];
  let steps = 1;
  while (transcript.finish === undefined && transcript.logProbs.length < most) {
    if (signal.aborted) {
      transcript.finish = 'cancelled';
      break;
    }
    const { due } = transcript;
    if (due !== undefined) {
      transcript.putIn(due);
      state = appended(sizes, state, due);
    }
    const start = clock();
    const made = transcript.logProbs.length;
    const chunk = await decodeChunk(session, sizes, state, {
      ...options,
      steps: Math.min(steps, most - made, transcript.steps),
    });
    const ms = clock() - start;
    if (made === 0) firstTokenMs = ms;
    else restMs += ms;
    steps = made === 0 ? FEWEST : chunkSize(steps, ms / chunk.steps);
    state = chunk.state;
    transcript.add(chunk.tokens[0] ?? [], chunk.logProbs[0] ?? [], state.ended[0] === 1);
    onText?.(transcript.text);
  }
  const said = [caveat, transcript.caveat].filter((one) => one !== undefined);
  return {
    answer: {
      type: 'answer',
      text: transcript.text,
      tokens: { ...counts, ...transcript.counts },
      logProbs: transcript.logProbs,
      finish: transcript.finish ?? 'length',
      ...(said.length > 0 && { caveat: said.join('; ') }),
    },
    firstTokenMs,
    restMs,
    cached: prompt.ids.length + Math.max(0, transcript.ids.length - 1),
  };
}

/** All of a thought, shown. */
export const AS_IT_COMES: Thinking = { budget: 0, shown: true };

function chunkSize(before: number, tokenMs: number): number {
  return Math.max(FEWEST, Math.min(MOST, 2 * before, Math.round(CHUNK_MS / tokenMs)));
}
