import type { Branch, Branching, GrowRequest, Spent } from '../../../nodes/generation/branches.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import type { SearchContext, SearchNode } from '../../../nodes/search-loop/search.ts';
import type { Verdict, VerifierValue } from '../../../nodes/verifier/verifier.ts';

/**
 * The next step after a text, words and `\n` apart by single spaces; one that ends in `<end>` ends the solution. `draw`
 * counts the continuations of that text so far.
 */
export type Script = (text: string, draw: number, greedy: boolean) => string;

/** A generator whose every step is known: what a strategy makes of it can be reckoned by hand. */
export class ScriptedBranching implements Branching {
  readonly root: Branch = { text: '', ids: [], logProbs: [], stepEnds: [] };
  /** Texts that were asked to go on, in order. */
  readonly asked: string[] = [];
  private readonly words = new WeakMap<Branch, readonly string[]>([[this.root, []]]);
  private readonly draws = new Map<string, number>();
  private generated = 0;

  constructor(
    private readonly script: Script,
    private readonly onToken: (generated: number) => void = () => {},
    private readonly logProb: (word: string) => number = () => -0.1,
  ) {}

  get spent(): Spent {
    const all = 5 + this.generated;
    return { generated: this.generated, run: all, distinct: all, idle: 0, kvCache: 8 };
  }

  async grow(branches: readonly Branch[], request: GrowRequest): Promise<readonly Branch[]> {
    const before = this.generated;
    const rows = branches.flatMap((branch) => {
      const words = this.words.get(branch);
      if (!words || branch.finish) throw new Error('this branch cannot go on');
      this.asked.push(branch.text);
      return Array.from({ length: request.count }, () => new Row([...words]));
    });
    for (;;) {
      const live = rows.filter(({ done }) => !done);
      if (live.length === 0) break;
      const used = (request.tokens ?? Number.POSITIVE_INFINITY) - (this.generated - before) < live.length;
      for (const row of live) {
        if (request.signal.aborted) row.finish = 'cancelled';
        else if (used) row.finish = 'length';
        else this.advance(row, request);
      }
      request.onProgress?.(rows.map((row) => this.branchOf(row)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return rows.map((row) => this.branchOf(row));
  }

  drop(branches: readonly Branch[]): void {
    for (const branch of branches) this.words.delete(branch);
  }

  private advance(row: Row, request: GrowRequest): void {
    if (row.coming.length === 0) {
      const text = textOf(row.words);
      const draw = this.draws.get(text) ?? 0;
      this.draws.set(text, draw + 1);
      row.coming.push(...this.script(text, draw, request.sampling.temperature === 0).split(' '));
    }
    const word = row.coming.shift() ?? '<end>';
    row.words.push(word);
    this.onToken(++this.generated);
    if (word === '<end>') row.finish = 'stop';
    else if (row.words.length >= request.maxTokens) row.finish = 'length';
    else if (request.until === 'step' && endsStep(word)) row.paused = true;
  }

  private branchOf({ words, finish }: Row): Branch {
    const branch: Branch = {
      text: textOf(words),
      ids: words.map(idOf),
      logProbs: words.map(this.logProb),
      stepEnds: words.flatMap((word, at) => (endsStep(word) ? [at + 1] : [])),
      ...(finish && { finish }),
    };
    this.words.set(branch, words);
    return branch;
  }
}

class Row {
  finish: Branch['finish'];
  paused = false;
  readonly coming: string[] = [];

  constructor(readonly words: string[]) {}

  get done(): boolean {
    return this.paused || this.finish !== undefined;
  }
}

const endsStep = (word: string) => word === '\n' || word === '</think>' || word === '<end>';
const textOf = (words: readonly string[]) => words.filter((word) => word !== '<end>').join(' ');
const idOf = (word: string) => [...word].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 9973, 7);

/** `<think> … </think> answer` in one draw. */
export const solution = (answer: string | number, thought = `so ${answer} \n`) =>
  `<think> ${thought} </think> ${answer} <end>`;

/** Solutions in this order, round and round. */
export const answers =
  (...all: readonly (string | number)[]): Script =>
  (_, draw) =>
    solution(all[draw % all.length] ?? '');

/** Ends at a random step with a random answer. */
export function randomScript(seed: number): Script {
  const uniform = uniformGenerator(seed);
  return (text) => {
    if (text === '') return `<think> start ${Math.floor(uniform() * 3)} \n`;
    if (text.includes('</think>')) return `${Math.floor(uniform() * 4)} <end>`;
    return uniform() < 0.4 ? '</think>' : `then ${Math.floor(uniform() * 5)} \n`;
  };
}

export function verifier(judge: (text: string) => Verdict, judges: VerifierValue['judges'] = 'outcome'): VerifierValue {
  let run = 0;
  return {
    type: 'verifier',
    summary: 'scripted',
    judges,
    async verify(_question, solutions) {
      run += solutions.length;
      return solutions.map(judge);
    },
    get run() {
      return run;
    },
  };
}

export interface Told {
  readonly nodes: Map<number, SearchNode>;
}

export function contextOf(branching: Branching, changes: Partial<SearchContext> = {}): SearchContext & Told {
  const nodes = new Map<number, SearchNode>();
  return {
    question: { type: 'text', text: 'How many?' },
    open: async () => branching,
    budget: { candidates: 8, tokens: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY, ...changes.budget },
    settings: { exploration: 1, width: 2, lookahead: 1, rollout: 'sample', enough: 0.95 },
    sampling: { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    maxTokens: 100,
    signal: new AbortController().signal,
    clock: () => performance.now(),
    onNodes(news) {
      for (const node of news) nodes.set(node.id, node);
    },
    nodes,
    ...changes,
  };
}

export const budget = (candidates: number, tokens = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY) => ({
  candidates,
  tokens,
  seconds,
});
