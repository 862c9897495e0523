import { type Branch, type Branching, type GrowRequest, type Spent, UNKNOWN_ID } from '../../generation/branches.ts';
import { streamSeed } from '../../generation/uniforms.ts';
import { NodeError } from '../../run.ts';
import type { ChatModel } from './asking.ts';
import type { Message } from './messages.ts';
import { type Engine, servedModels } from './served.ts';
import { Spoken } from './spoken.ts';

/** Least between two words on how far branches stand, in ms. */
const TOLD_MS = 200;

/** A prompt at a server, from which branches grow; nothing is asked before the first of them does. */
export function openChatBranching(model: ChatModel, messages: readonly Message[], seed: number): Branching {
  return new ChatBranching(model, messages, seed);
}

/** An answer while it grows. */
interface Growing {
  readonly from: Branch;
  readonly spoken: Spoken;
  /** Where its step ends in the text, once it does. */
  stepEnd?: number;
  finish?: Branch['finish'];
}

/**
 * Branches that a server grows: one call for all that grow from one place, each a choice of it. What was begun goes on by
 * being sent as the beginning of the answer. A step ends where its line does; a call is closed once all its steps did,
 * and what the server made beyond counts as idle.
 */
class ChatBranching implements Branching {
  readonly root: Branch = { text: '', ids: [], logProbs: [], stepEnds: [] };
  private readonly grown = new WeakMap<Branch, Spoken>();
  private engine: Promise<Engine | undefined> | undefined;
  private calls = 0;
  private readonly count: { -readonly [K in keyof Spent]: Spent[K] } = {
    ...{ generated: 0, run: 0, distinct: 0, idle: 0, kvCache: 0 },
  };
  private promptKnown = false;

  constructor(
    private readonly model: ChatModel,
    private readonly messages: readonly Message[],
    private readonly seed: number,
  ) {}

  get spent(): Spent {
    return { ...this.count };
  }

  /** The server keeps its own caches. */
  drop(): void {}

  async grow(branches: readonly Branch[], request: GrowRequest): Promise<readonly Branch[]> {
    const rows = branches.map((from) =>
      Array.from({ length: request.count }, (): Growing => ({ from, spoken: new Spoken(from.text) })),
    );
    const all = rows.flat();
    const share = request.tokens === undefined ? Number.POSITIVE_INFINITY : Math.floor(request.tokens / all.length);
    if (share >= 1 && !request.signal.aborted) {
      const tell = this.teller(all, request);
      // One that fails ends the others: nothing would come of what they make.
      const failed = new AbortController();
      const signal = AbortSignal.any([request.signal, failed.signal]);
      try {
        await Promise.all(rows.map((siblings) => this.siblings(siblings, { ...request, signal }, share, tell)));
      } catch (error) {
        failed.abort();
        if (!request.signal.aborted) throw error;
      }
    }
    for (const row of all)
      if (row.stepEnd === undefined) row.finish ??= request.signal.aborted ? 'cancelled' : 'length';
    return all.map((row) => this.branchOf(row));
  }

  private teller(all: readonly Growing[], { onProgress }: GrowRequest): () => void {
    let told = performance.now();
    return () => {
      const now = performance.now();
      if (!onProgress || now - told < TOLD_MS) return;
      told = now;
      onProgress(all.map((row) => this.branchOf(row)));
    };
  }

  /** Continuations of one branch: as many as the server gives in a call, until there are all. */
  private async siblings(
    rows: readonly Growing[],
    request: GrowRequest,
    share: number,
    tell: () => void,
  ): Promise<void> {
    const [first] = rows;
    if (!first) return;
    const { from } = first;
    const most = Math.min(request.maxTokens - from.ids.length, share);
    if (most < 1) return;
    const begun = await this.begun(from, request.signal);
    const greedy = request.sampling.temperature === 0;
    let waiting = greedy ? [first] : rows;
    while (waiting.length > 0) {
      await this.call(waiting, request, { ...begun, most }, tell);
      // A server that takes no `n` answers once: the others are asked for again.
      const missing = waiting.filter(({ spoken, finish }) => spoken.text === from.text && finish === undefined);
      if (missing.length === waiting.length) break;
      waiting = missing;
    }
    // Greedy continuations are all the same: made once, they are there as often as they were asked for.
    if (greedy) for (const row of rows.slice(1)) Object.assign(row, { ...first });
  }

  private async call(
    rows: readonly Growing[],
    { sampling, until, signal }: GrowRequest,
    { messages, more, most }: { readonly messages: readonly Message[]; readonly more: object; readonly most: number },
    tell: () => void,
  ): Promise<void> {
    const before = rows.reduce((sum, { spoken }) => sum + spoken.tokens.length, 0);
    const news = this.model.ask({
      messages,
      sampling: { ...sampling, seed: streamSeed(this.seed, this.calls++) },
      maxTokens: most,
      n: rows.length,
      more: { ...more },
      signal,
    });
    let prompt: number | undefined;
    let made: number | undefined;
    try {
      for await (const each of news) {
        if ('usage' in each) [prompt, made] = [each.usage.prompt, each.usage.completion];
        else {
          const row = rows[each.piece.index];
          if (!row) continue;
          row.spoken.add(each.piece);
          settle(row, until);
          tell();
          if (until === 'step' && rows.every(({ stepEnd, finish }) => stepEnd !== undefined || finish !== undefined))
            break;
        }
      }
    } finally {
      const heard = rows.reduce((sum, { spoken }) => sum + spoken.tokens.length, 0) - before;
      this.spend(prompt, Math.max(made ?? 0, heard), rows);
    }
  }

  private spend(prompt: number | undefined, made: number, rows: readonly Growing[]): void {
    this.count.generated += made;
    this.count.distinct += made;
    this.count.run += made + (prompt ?? 0);
    if (!this.promptKnown && prompt !== undefined) {
      this.promptKnown = true;
      this.count.distinct += prompt;
    }
    for (const { spoken, stepEnd } of rows)
      if (stepEnd !== undefined) this.count.idle += spoken.tokens.filter(({ end }) => end > stepEnd).length;
  }

  /** The messages from which a branch goes on, and what the server must be told to go on from them. */
  private async begun(from: Branch, signal: AbortSignal) {
    if (from.text === '') return { messages: this.messages, more: {} };
    const { name } = this.model.connection;
    this.engine ??= servedModels(this.model.connection, signal).then(({ engine }) => engine);
    const engine = await this.engine.catch((error: unknown) => {
      this.engine = undefined;
      throw error;
    });
    if (engine === undefined)
      throw new NodeError(
        `endpoint:${name} cannot go on from half an answer: its server is none that is known to (vLLM, SGLang, llama.cpp, Ollama).`,
        'Choose a strategy that samples whole answers: best-of-N or self-consistency.',
      );
    const spoken = this.grown.get(from);
    if (spoken?.thinksApart && spoken.thinking)
      throw new NodeError(
        `endpoint:${name} cannot go on from half a thought: its server tells thoughts apart from answers.`,
        'Start it without a reasoning parser, or choose a strategy that samples whole answers.',
      );
    const continues = engine === 'vllm' || engine === 'sglang';
    return {
      messages: [...this.messages, { role: 'assistant', content: from.text } as const],
      more: continues ? { continue_final_message: true, add_generation_prompt: false } : {},
    };
  }

  private branchOf({ from, spoken, stepEnd, finish }: Growing): Branch {
    const text = stepEnd === undefined ? spoken.text : spoken.text.slice(0, stepEnd);
    const own = spoken.tokens.filter(({ end }) => end <= text.length);
    const ids = [...from.ids, ...own.map(() => UNKNOWN_ID)];
    const ends = spoken.stepEnds.filter(({ at }) => at <= text.length).map(({ tokens }) => from.ids.length + tokens);
    const branch: Branch = {
      text,
      ids,
      logProbs: [...from.logProbs, ...own.flatMap(({ logProb }) => logProb ?? [])],
      stepEnds: [...from.stepEnds, ...ends],
      ...(finish && { finish }),
    };
    this.grown.set(branch, spoken);
    return branch;
  }
}

/** Says of an answer whether it, or its step, has ended. A line that holds nothing is no step. */
function settle(row: Growing, until: GrowRequest['until']): void {
  const { spoken, from } = row;
  if (until === 'step')
    row.stepEnd ??= spoken.stepEnds.find(({ at }) => spoken.text.slice(from.text.length, at).trim() !== '')?.at;
  if (spoken.finish !== undefined && (row.stepEnd === undefined || row.stepEnd === spoken.text.length))
    row.finish = spoken.finish === 'length' ? 'length' : 'stop';
}
