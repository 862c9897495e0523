import type { Branch, Branching, GrowRequest, Spent } from './branches.ts';
import {
  type BoundDecoder,
  type Cache,
  type Chunk,
  type ChunkOptions,
  type DecodeState,
  decodeBranches,
  decodeChunk,
  emptyCache,
  type PromptTokens,
  promptCache,
  startState,
} from './decode.ts';
import { repeats } from './no-repeat.ts';
import { cacheBytes, gather } from './rows.ts';
import { type Sampling, samplingFeeds } from './sampling.ts';
import { openedThought, StepEnds } from './steps.ts';
import { streamSeed, uniformGenerator } from './uniforms.ts';

/**
 * ONNX Runtime holds JavaScript's thread while it runs, so that a signal is heard between calls alone: a call makes as
 * many steps as fit into so many ms, and one where a step takes longer. Rows that have ended leave the batch between
 * calls, which is why there are not more.
 */
const CALL_MS = 20;
const MOST_STEPS = 16;
/** Places left behind the longest row of a batch that is written on in place: after so many tokens it is made anew. */
const SPARE = 32;
/** Of the rows of a batch: a batch that shrinks is copied, so that it keeps a few that have ended. */
const MOST_IDLE = 0.25;
/** Least between two words on how far branches stand, in ms. */
const TOLD_MS = 200;
const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/**
 * Threads of a session of `branchGraph`, by its bytes of weights. Over sixteen rows of a small model an operator takes a few µs,
 * and threads that wait for one another take longer, the more so where others want the cores: a million parameters took
 * 67 ms on one thread where they took 84 on two.
 */
export function branchThreads(bytes: number): number | undefined {
  return bytes < 8 * 2 ** 20 ? 1 : undefined;
}

/** A cache that branches share. */
interface Batch {
  readonly past: Cache;
  users: number;
}

/** What a branch that can go on holds: a row of a batch, with all its tokens or, where scores are absent, all but the last. */
interface Place {
  readonly batch: Batch;
  readonly row: number;
  /** Scores over the vocabulary after its last token. */
  readonly scores?: Float32Array;
}

/** A continuation while it is made. */
interface Growing {
  readonly ids: number[];
  readonly logProbs: number[];
  readonly uniform: () => number;
  finish?: Branch['finish'];
  /** At the end of a step. */
  paused: boolean;
  /** Absent before its first token. */
  place?: Place;
}

/** Continuations that are made side by side. */
interface Rows {
  readonly rows: readonly Growing[];
  readonly state: DecodeState;
  readonly held: Batch;
}

/** Reads a prompt, from which branches then grow. `room`: most tokens that there are positions for after it. */
export async function openBranching(
  decoder: BoundDecoder,
  prompt: PromptTokens,
  room: number,
  seed: number,
): Promise<Branching> {
  const { session, sizes, constants } = decoder;
  const once = { sampling: GREEDY, ends: [], steps: 1, uniforms: [() => 0], constants, scores: 1 };
  const start = startState(sizes, prompt);
  const { state, logits } = await decodeChunk(session, sizes, start, once);
  if (!logits) throw new Error('the session gave no scores');
  return new DecoderBranching(decoder, prompt, start.seen, room, seed, { past: state.past, scores: logits.data });
}

/**
 * Branches over one decoder. Each token of the tree goes through the model once: a branch that forks is read to its end
 * first, and its children draw their first tokens from the scores that this gave. Their caches begin as copies of it.
 */
class DecoderBranching implements Branching {
  readonly root: Branch;
  /** The token before every text, where the prompt ends in a thought. */
  private readonly opened: readonly number[];
  private readonly places = new WeakMap<Branch, Place>();
  private readonly steps: StepEnds;
  private made = 0;
  private held: number;
  /** What a batch's rows hold of the prompt: all of it, or nothing where it is shared. */
  private readonly promptPlaces: number;
  private readonly constants: BoundDecoder['constants'];
  private readonly count: { -readonly [K in keyof Spent]: Spent[K] };

  constructor(
    private readonly decoder: BoundDecoder,
    private readonly prompt: PromptTokens,
    private readonly promptSeen: Uint8Array,
    private readonly room: number,
    private readonly seed: number,
    { past, scores }: { readonly past: Cache; readonly scores: Float32Array },
  ) {
    this.steps = new StepEnds(decoder.tokenizer, decoder.ends);
    const read = prompt.ids.length;
    this.count = { generated: 0, run: read, distinct: read, idle: 0, kvCache: cacheBytes(past) };
    this.held = this.count.kvCache;
    const opened = openedThought(decoder.tokenizer, prompt.ids);
    this.opened = opened === undefined ? [] : [opened];
    this.root = this.branchOf({ ids: [], logProbs: [] });
    const shares = decoder.branches !== undefined;
    this.promptPlaces = shares ? 0 : read;
    this.constants = { ...decoder.constants, ...(shares && promptCache(past)) };
    this.places.set(this.root, {
      batch: { past: shares ? emptyCache(decoder.sizes) : past, users: 1 },
      row: 0,
      scores,
    });
  }

  get spent(): Spent {
    return { ...this.count };
  }

  drop(branches: readonly Branch[]): void {
    for (const branch of branches) {
      const place = this.places.get(branch);
      this.places.delete(branch);
      if (place) this.leave(place);
    }
  }

  async grow(branches: readonly Branch[], request: GrowRequest): Promise<readonly Branch[]> {
    const parents = branches.flatMap((branch) => Array<Branch>(request.count).fill(branch));
    const rows = parents.map(
      ({ ids, logProbs }): Growing => ({
        ids: [...ids],
        logProbs: [...logProbs],
        uniform: uniformGenerator(streamSeed(this.seed, this.made++)),
        paused: false,
      }),
    );
    for (const branch of branches) this.placeOf(branch);
    const limit = this.count.generated + (request.tokens ?? Number.POSITIVE_INFINITY);
    if (rows.length > 0 && !request.signal.aborted && this.fits(rows, limit)) {
      await this.read([...new Set(branches)]);
      await this.first(parents, rows, request);
      await this.rest(rows, request, limit);
    }
    for (const row of rows) if (!row.paused) row.finish ??= request.signal.aborted ? 'cancelled' : 'length';
    return this.keep(rows);
  }

  /** May each of these have one token more? `limit`: of all tokens sampled. */
  private fits(rows: readonly Growing[], limit: number): boolean {
    return this.count.generated + rows.length <= limit;
  }

  private placeOf(branch: Branch): Place {
    const place = this.places.get(branch);
    if (!place) throw new Error('this branch has ended, was dropped, or grew from another prompt');
    return place;
  }

  private seen(ids: readonly number[]): Uint8Array {
    const seen = this.promptSeen.slice();
    for (const id of ids) seen[id] = 1;
    return seen;
  }

  private history(ids: readonly number[]): readonly number[] {
    return this.decoder.sizes.noRepeat === undefined ? [] : [...this.prompt.ids, ...ids];
  }

  /** A batch of branches that were read but for their last token. */
  private stateOf(rows: readonly Pick<Growing, 'ids' | 'place'>[]): DecodeState {
    return gather(
      this.decoder.sizes,
      rows.map(({ ids, place }) => {
        if (!place) throw new Error('a branch that grows has a cache');
        return {
          past: place.batch.past,
          row: place.row,
          kept: this.promptPlaces + ids.length - 1,
          last: ids.at(-1) ?? 0,
          next: this.prompt.next + ids.length,
          seen: this.seen(ids),
          history: this.history(ids),
        };
      }),
      this.decoder.branches ? SPARE : 0,
    );
  }

  /** Puts the last tokens of these branches into their caches, where they are not yet: from then on there are scores. */
  private async read(branches: readonly Branch[]): Promise<void> {
    const unread = branches.filter((branch) => !this.placeOf(branch).scores);
    if (unread.length === 0) return;
    const { vocabulary } = this.decoder.sizes;
    const start = this.stateOf(unread.map((branch) => ({ ids: [...branch.ids], place: this.placeOf(branch) })));
    const uniforms = unread.map(() => () => 0);
    const { state, logits } = await this.advance(start, { sampling: GREEDY, ends: [], steps: 1, uniforms, scores: 1 });
    if (!logits) throw new Error('the session gave no scores');
    this.count.run += unread.length;
    const batch: Batch = { past: state.past, users: 0 };
    for (const [row, branch] of unread.entries()) {
      const scores = logits.data.slice(row * vocabulary, (row + 1) * vocabulary);
      this.leave(this.placeOf(branch));
      this.enter(branch, { batch, row, scores });
    }
  }

  /** The first token of each continuation, from the scores of what it continues. */
  private async first(parents: readonly Branch[], rows: readonly Growing[], request: GrowRequest): Promise<void> {
    const { vocabulary, noRepeat } = this.decoder.sizes;
    const dims = [rows.length, vocabulary];
    const logits = new Float32Array(rows.length * vocabulary);
    const seen = new Uint8Array(rows.length * vocabulary);
    parents.forEach((parent, at) => {
      const { scores, ...place } = this.placeOf(parent);
      logits.set(scores ?? [], at * vocabulary);
      if (noRepeat !== undefined)
        for (const id of repeats(this.history(parent.ids), noRepeat))
          logits[at * vocabulary + id] = Number.NEGATIVE_INFINITY;
      seen.set(this.seen(parent.ids), at * vocabulary);
      const row = rows[at];
      if (row) row.place = place;
    });
    const sampler = await this.decoder.sampler();
    const { token, log_prob: logProb } = await sampler.run({
      ...samplingFeeds(request.sampling, vocabulary),
      logits: { dtype: 'float32', dims, data: logits },
      seen: { dtype: 'bool', dims, data: seen },
      uniform: { dtype: 'float32', dims: [rows.length], data: Float32Array.from(rows, ({ uniform }) => uniform()) },
    });
    for (const [at, row] of rows.entries())
      this.took(row, [Number(token?.data[at])], [Number(logProb?.data[at])], request);
  }

  private async rest(rows: readonly Growing[], request: GrowRequest, limit: number): Promise<void> {
    const { clock } = this.decoder;
    const ends = request.until === 'step' ? this.steps.all : this.decoder.ends;
    const goes = ({ finish, paused }: Growing) => finish === undefined && !paused;
    let [batch, steps, told] = [undefined as Rows | undefined, 1, clock()];
    for (;;) {
      const live = rows.filter(goes);
      if (live.length === 0 || request.signal.aborted || !this.fits(live, limit)) return;
      const start = clock();
      const most = Math.floor((limit - this.count.generated) / live.length);
      const count = Math.min(steps, most, ...live.map(({ ids }) => this.most(request) - ids.length));
      batch = this.batchOf(live, count, batch);
      const uniforms = batch.rows.map(({ uniform }) => uniform);
      const chunk = await this.advance(batch.state, { sampling: request.sampling, ends, steps: count, uniforms });
      const tokens = chunk.tokens.reduce((sum, { length }) => sum + length, 0);
      this.count.run += tokens;
      this.count.idle += chunk.steps * batch.rows.length - tokens;
      const held = chunk.state.past === batch.held.past ? batch.held : { past: chunk.state.past, users: 0 };
      batch.rows.forEach((row, at) => {
        if (!goes(row)) return;
        row.place = { batch: held, row: at };
        this.took(row, chunk.tokens[at] ?? [], chunk.logProbs[at] ?? [], request);
      });
      batch = {
        rows: batch.rows,
        held,
        state: withEnded(
          chunk.state,
          batch.rows.map((row) => !goes(row)),
        ),
      };
      const now = clock();
      steps = Math.max(1, Math.min(MOST_STEPS, 4 * steps, Math.floor((CALL_MS * chunk.steps) / (now - start))));
      if (request.onProgress && now - told >= TOLD_MS) {
        told = now;
        request.onProgress(rows.map((row) => this.branchOf(row)));
      }
    }
  }

  /** The batch as it stands, or a new one where too many of its rows have ended or it has no room for `count` steps. */
  private batchOf(live: readonly Growing[], count: number, before: Rows | undefined): Rows {
    const enough = before && live.length >= (1 - MOST_IDLE) * before.rows.length;
    if (enough && (!this.decoder.branches || roomIn(before.state) >= count)) return before;
    const state = this.stateOf(live);
    return { rows: live, state, held: { past: state.past, users: 0 } };
  }

  /** Some steps of a batch: in place, where the decoder can. */
  private async advance(state: DecodeState, options: Omit<ChunkOptions, 'constants'>): Promise<Chunk> {
    const { session, sizes, branches } = this.decoder;
    const all = { ...options, constants: this.constants };
    const chunk = branches
      ? await decodeBranches(await branches(), sizes, state, all)
      : await decodeChunk(session, sizes, state, all);
    this.holds(cacheBytes(state.past) + (branches ? 0 : cacheBytes(chunk.state.past)));
    return chunk;
  }

  private most({ maxTokens }: GrowRequest): number {
    return Math.min(maxTokens, this.room);
  }

  private took(row: Growing, ids: readonly number[], logProbs: readonly number[], request: GrowRequest): void {
    row.ids.push(...ids);
    row.logProbs.push(...logProbs);
    this.count.generated += ids.length;
    this.count.distinct += ids.length;
    const last = row.ids.at(-1) ?? -1;
    if (this.decoder.ends.includes(last)) row.finish = 'stop';
    else if (row.ids.length >= this.most(request)) row.finish = 'length';
    else if (request.until === 'step' && this.steps.is(last)) row.paused = true;
  }

  /** Continuations as branches; those that can go on hold on to their rows. */
  private keep(rows: readonly Growing[]): Branch[] {
    return rows.map((row) => {
      const branch = this.branchOf(row);
      if (row.finish === undefined && row.place) this.enter(branch, row.place);
      return branch;
    });
  }

  private branchOf({ ids, logProbs, finish }: Pick<Growing, 'ids' | 'logProbs' | 'finish'>): Branch {
    const shown = finish === 'stop' ? ids.slice(0, -1) : ids;
    return {
      text: this.decoder.tokenizer.decode([...this.opened, ...shown]),
      ids: [...ids],
      logProbs: [...logProbs],
      stepEnds: this.steps.in(ids),
      ...(finish && { finish }),
    };
  }

  private enter(branch: Branch, place: Place): void {
    if (place.batch.users++ === 0) this.held += cacheBytes(place.batch.past);
    this.places.set(branch, place);
    this.holds(0);
  }

  private leave({ batch }: Place): void {
    if (--batch.users === 0) this.held -= cacheBytes(batch.past);
  }

  /** Beside what branches hold, `working` bytes are held now. */
  private holds(working: number): void {
    this.count.kvCache = Math.max(this.count.kvCache, this.held + working);
  }
}

/** Places that are free in every row. */
function roomIn({ past, kept }: DecodeState): number {
  const places = Object.values(past)[0]?.dims[2] ?? 0;
  return places - Math.max(...Array.from(kept, Number));
}

function withEnded(state: DecodeState, ended: readonly boolean[]): DecodeState {
  return { ...state, ended: Uint8Array.from(ended, Number) };
}
