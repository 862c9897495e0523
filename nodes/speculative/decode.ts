import { type BoundDecoder, type Chunk, type DecodeState, decodeChunk, startState } from '../generation/decode.ts';
import { type Sampling, samplingFeeds } from '../generation/sampling.ts';
import { uniformGenerator } from '../generation/uniforms.ts';
import type { Generated, GenerateRequest } from '../llm/generator.ts';
import type { PreparedPrompt } from '../llm/prompt.ts';
import { Transcript } from '../llm/transcript.ts';
import type { NodeMetrics, Session } from '../run.ts';
import type { Tensor } from '../values.ts';

/** One of the two models, with the question as its tokens. */
export interface Speaker {
  readonly decoder: BoundDecoder;
  readonly prompt: PreparedPrompt;
}

export interface SpeculativePair {
  /** Of `speculativeGraph` over both. */
  readonly session: Session;
  readonly target: Speaker;
  readonly draft: Speaker;
}

export interface Speculated extends Generated {
  /** Absent where the answer ended before a round. */
  readonly speculation?: NonNullable<NodeMetrics['speculation']>;
}

export type SpeculateRequest = Omit<GenerateRequest, 'thinking'> & {
  readonly draftLength: number;
  /** See `RunContext`. */
  clock(): number;
};

/** A call should end about this often, in ms (see `generate`), and holds so many rounds. */
const CALL_MS = 250;
const [FEWEST, MOST] = [2, 16];
/** Places without end. */
const FAR = 2 ** 31 - 1;

/**
 * An answer of the target, with the draft ahead of it. The first token is the target's alone, as it reads the prompt; the
 * rest comes in rounds, several a call.
 */
export async function speculate(pair: SpeculativePair, request: SpeculateRequest): Promise<Speculated> {
  const { target, draft } = pair;
  const { sampling, maxTokens, stop, signal, onText, clock, draftLength } = request;
  const { tokenizer, ends, caveat } = target.decoder;
  const transcript = new Transcript({ tokenizer, stop, thinking: { budget: 0, shown: true } });
  const most = Math.min(maxTokens, target.prompt.room);
  const uniform = uniformGenerator(sampling.seed);
  const hear = (ids: readonly number[], logProbs: readonly number[], ended: boolean) => {
    transcript.add(ids, logProbs, ended);
    if (transcript.finish === undefined && transcript.ids.length >= most) transcript.finish = 'length';
    onText?.(transcript.text);
  };
  let start = clock();
  const prefill = await read(target, sampling, uniform);
  const firstTokenMs = clock() - start;
  hear(prefill.tokens[0] ?? [], prefill.logProbs[0] ?? [], prefill.state.ended[0] === 1);

  start = clock();
  const told = { accepted: 0, judged: 0, passes: 0 };
  let costRatio: number | undefined;
  if (goesOn(transcript, signal)) {
    const states = { target: prefill.state, draft: (await read(draft, GREEDY, () => 0)).state };
    const ms = await stepTimes(pair, states, clock);
    costRatio = ms.draft / ms.target;
    const rounds = new Rounds(pair, request, uniform, states, transcript.ids);
    let roundMs = ms.target + draftLength * ms.draft;
    while (goesOn(transcript, signal)) {
      const before = clock();
      const count = Math.max(FEWEST, Math.min(MOST, Math.floor(CALL_MS / roundMs)));
      const made = await rounds.run(count, most - transcript.ids.length);
      roundMs = (clock() - before) / made.accepted.length;
      for (const accepted of made.accepted) {
        told.passes++;
        told.accepted += accepted;
        told.judged += Math.min(accepted + 1, draftLength);
      }
      const end = made.ids.findIndex((id) => ends.includes(id));
      const whole = Math.min(end < 0 ? made.ids.length : end + 1, most - transcript.ids.length);
      hear(made.ids.slice(0, whole), made.logProbs.slice(0, whole), end >= 0 && end < whole);
    }
  }
  if (transcript.finish === undefined) transcript.finish = 'cancelled';
  const said = [caveat, transcript.caveat].filter((one) => one !== undefined);
  return {
    answer: {
      type: 'answer',
      text: transcript.text,
      tokens: { ...target.prompt.counts, ...transcript.counts },
      logProbs: transcript.logProbs,
      finish: transcript.finish,
      ...(said.length > 0 && { caveat: said.join('; ') }),
    },
    firstTokenMs,
    restMs: clock() - start,
    cached: target.prompt.tokens.ids.length + Math.max(0, transcript.ids.length - 1),
    ...(told.passes > 0 &&
      costRatio !== undefined && {
        speculation: {
          acceptance: told.accepted / told.judged,
          tokensPerPass: (told.accepted + told.passes) / told.passes,
          costRatio,
        },
      }),
  };
}

function goesOn({ finish }: Transcript, signal: AbortSignal): boolean {
  return finish === undefined && !signal.aborted;
}

const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/** A model reads its prompt, and says a token. */
function read({ decoder, prompt }: Speaker, sampling: Sampling, uniform: () => number): Promise<Chunk> {
  return step(decoder, startState(decoder.sizes, prompt.tokens), sampling, uniform);
}

function step(
  { session, sizes, ends, constants }: BoundDecoder,
  state: DecodeState,
  sampling: Sampling,
  uniform: () => number,
): Promise<Chunk> {
  return decodeChunk(session, sizes, state, { sampling, ends, constants, uniforms: [uniform], steps: 1 });
}

type States = Readonly<Record<'target' | 'draft', DecodeState>>;

const known = new WeakMap<Session, Readonly<Record<'target' | 'draft', number>>>();

/** Of so many steps the fastest is taken: what else the machine did was no model's. */
const TRIES = 3;

/** Ms of a step of each by itself, measured once for a pair: the steps are thrown away. */
async function stepTimes(pair: SpeculativePair, states: States, clock: () => number) {
  const fastest = { target: Number.POSITIVE_INFINITY, draft: Number.POSITIVE_INFINITY };
  const found = known.get(pair.session);
  for (let tries = found ? TRIES : 0; tries < TRIES; tries++) {
    for (const side of ['target', 'draft'] as const) {
      const start = clock();
      await step(pair[side].decoder, { ...states[side], ended: new Uint8Array(1) }, GREEDY, () => 0);
      fastest[side] = Math.min(fastest[side], clock() - start);
    }
  }
  known.set(pair.session, found ?? fastest);
  return found ?? fastest;
}

interface Made {
  readonly ids: readonly number[];
  readonly logProbs: readonly number[];
  /** Of each round, how many drafted tokens stood. */
  readonly accepted: readonly number[];
}

/** Both models after the prompt and the first tokens, of which each has read all but the last, and the rounds that go on from there. */
class Rounds {
  private caches: Readonly<Record<string, Tensor>>;
  private readonly seen: Uint8Array;
  /** The last tokens, which the draft has not read. */
  private tail: readonly number[];
  /** Tokens made, the first ones included. */
  private made: number;

  constructor(
    private readonly pair: SpeculativePair,
    private readonly request: SpeculateRequest,
    private readonly uniform: () => number,
    states: States,
    first: readonly number[],
  ) {
    this.tail = first.slice(-1);
    this.made = first.length;
    this.seen = states.target.seen.slice();
    this.caches = Object.fromEntries(
      (['target', 'draft'] as const).flatMap((side) =>
        Object.entries(states[side].past).map(([name, cache]) => [`${side}.${name}`, cache]),
      ),
    );
  }

  /** Up to `count` rounds, until `wanted` tokens are made or one ends the answer; the last round may make more. */
  async run(count: number, wanted: number): Promise<Made> {
    const { session } = this.pair;
    const wantedOutputs = Object.keys(this.caches).map((name) => name.replace('.past.', '.present.'));
    const outputs = await session.run(this.feeds(Math.min(count, wanted), wanted), [
      ...['accepted', 'tokens', 'log_probs'],
      ...wantedOutputs,
    ]);
    const accepted = Array.from(outputs.accepted?.data ?? [], Number);
    const width = this.request.draftLength + 1;
    const made = (name: string) => {
      const data = outputs[name]?.data ?? [];
      return accepted.flatMap((stood, round) =>
        Array.from(data.slice(round * width, round * width + stood + 1), Number),
      );
    };
    const ids = made('tokens');
    for (const id of ids) this.seen[id] = 1;
    this.made += ids.length;
    this.tail = ids.slice(accepted.at(-1) === this.request.draftLength ? -2 : -1);
    this.caches = Object.fromEntries(
      Object.keys(this.caches).map((name) => {
        const cache = outputs[name.replace('.past.', '.present.')];
        if (!cache) throw new Error(`the session gave no cache for ${name}`);
        return [name, cache];
      }),
    );
    return { ids, logProbs: made('log_probs'), accepted };
  }

  private feeds(rounds: number, wanted: number): Record<string, Tensor> {
    const { target, draft } = this.pair;
    const { draftLength, sampling } = this.request;
    const { ends } = target.decoder;
    return {
      ...samplingFeeds(sampling, target.decoder.sizes.vocabulary),
      ...this.caches,
      ...this.sideFeeds('target', target, 1),
      ...this.sideFeeds('draft', draft, this.tail.length),
      rounds: int64s([], [rounds]),
      draft_length: int64s([], [draftLength]),
      ...this.uniforms(rounds),
      tail: int64s([this.tail.length], this.tail),
      seen: { dtype: 'bool', dims: [1, this.seen.length], data: this.seen },
      // No id is -1; the largest of no numbers is undefined, so there is always one.
      ends: int64s([Math.max(1, ends.length)], ends.length > 0 ? ends : [-1]),
      until: int64s([1], [target.prompt.tokens.ids.length + this.made - 1 + wanted]),
    };
  }

  /** Drawn round by round: how many make a call hangs on the time, and is nothing that a text may hang on. */
  private uniforms(rounds: number): Record<string, Tensor> {
    const { draftLength } = this.request;
    const draw = (count: number) => Array.from({ length: count }, () => this.uniform());
    const drawn = Array.from({ length: rounds }, () => [draw(draftLength), draw(draftLength), draw(1)] as const);
    const floats = (part: 0 | 1 | 2, dims: readonly number[]): Tensor => {
      return { dtype: 'float32', dims, data: Float32Array.from(drawn.flatMap((round) => round[part])) };
    };
    return {
      draft_uniforms: floats(0, [rounds, draftLength]),
      accept_uniforms: floats(1, [rounds, draftLength]),
      last_uniforms: floats(2, [rounds]),
    };
  }

  /** `unread`: how many of the last tokens are not in its cache. */
  private sideFeeds(name: string, { decoder, prompt }: Speaker, unread: number): Record<string, Tensor> {
    const { tokens, room } = prompt;
    const constants = Object.entries(decoder.constants).map(([key, tensor]) => [`${name}.${key}`, tensor] as const);
    return {
      ...Object.fromEntries(constants),
      [`${name}.at`]: int64s([1], [tokens.next + this.made - 1]),
      [`${name}.most`]: int64s([1], [Number.isFinite(room) ? tokens.ids.length + room - 2 : FAR]),
      [`${name}.kept`]: int64s([1], [tokens.ids.length + this.made - unread]),
    };
  }
}

function int64s(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}
