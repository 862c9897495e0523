import type { Branch, Spent } from '../generation/branches.ts';
import type { Sampling } from '../generation/sampling.ts';
import type { TextValue } from '../values.ts';
import type { Candidate, SearchContext, SearchNode, SearchResult, Vote } from './search.ts';
import { type Origin, Tree, type TreeNode, undrawn } from './tree.ts';

/** What a strategy comes to. */
export interface Outcome {
  readonly chosen?: TreeNode;
  readonly votes?: readonly Vote[];
}

/** What every strategy is written as: reads the prompt, lets it work within its budget, and says what came of it. */
export async function searching(
  context: SearchContext,
  work: (search: Search) => Promise<Outcome>,
): Promise<SearchResult> {
  const search = await Search.open(context);
  try {
    return search.result(await work(search));
  } finally {
    search.close();
  }
}

/** A search under way: its tree, its solutions, and what it may still spend. */
export class Search {
  readonly root: TreeNode;
  /** Whole solutions, as they came. */
  readonly solutions: TreeNode[] = [];
  private readonly tree: Tree;
  private readonly startedAt: number;
  private readonly verifierBefore: number;
  /** Aborted when the time is over: nothing grows from then on, what there is may still be judged. */
  private readonly timeOver = new AbortController();
  private readonly growing: AbortSignal;
  private timer: NodeJS.Timeout | undefined;
  private readonly opened: Origin[] = [];
  /** Fewer tokens were left than branches to grow. */
  private exhausted = false;

  static async open(context: SearchContext): Promise<Search> {
    const startedAt = context.clock();
    const branching = await context.open(context.question);
    return new Search(context, { branching, branch: branching.root }, startedAt);
  }

  private constructor(
    readonly context: SearchContext,
    origin: Omit<Origin, 'under'>,
    startedAt: number,
  ) {
    this.tree = new Tree((nodes) => context.onNodes(nodes, this.solutions.length));
    this.root = this.tree.add(origin);
    this.opened.push(this.root);
    this.startedAt = startedAt;
    this.verifierBefore = context.verifier?.run ?? 0;
    this.growing = AbortSignal.any([context.signal, this.timeOver.signal]);
    this.watchTime();
  }

  /** The clock is the node's own and may stand still: a timer that comes too early waits for the rest. */
  private watchTime(): void {
    const left = this.context.budget.seconds * 1000 - (this.context.clock() - this.startedAt);
    if (left <= 0) this.timeOver.abort();
    else if (Number.isFinite(left)) this.timer = setTimeout(() => this.watchTime(), Math.min(left, LONGEST_TIMER_MS));
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** Solutions that may still be sampled. */
  get room(): number {
    return Math.max(0, this.context.budget.candidates - this.solutions.length);
  }

  /** Nothing more can grow. */
  get over(): boolean {
    return this.growing.aborted || this.exhausted || this.tokensLeft <= 0;
  }

  private get tokensLeft(): number {
    return this.context.budget.tokens - this.spent('generated');
  }

  private spent(what: keyof Spent): number {
    return this.opened.reduce((sum, { branching }) => sum + branching.spent[what], 0);
  }

  /** Another prompt, whose answers hang on a node of the tree. */
  async ask(question: TextValue, under: TreeNode): Promise<Origin> {
    const branching = await this.context.open(question);
    const origin = { branching, branch: branching.root, under };
    this.opened.push(origin);
    return origin;
  }

  /** One further step of each, `count` times; those that come to their end are solutions. All grow from one prompt. */
  step(origins: readonly Origin[], count: number, sampling = this.context.sampling): Promise<TreeNode[]> {
    return this.grow(origins, count, 'step', sampling);
  }

  /** Each played to its end, `count` times. */
  finish(origins: readonly Origin[], count: number, sampling = this.context.sampling): Promise<TreeNode[]> {
    return this.grow(origins, count, 'end', sampling);
  }

  /** `count` solutions of the prompt, as far as the budget goes. */
  sample(count: number, sampling = this.context.sampling): Promise<TreeNode[]> {
    return this.finish([this.root], Math.min(count, this.room), sampling);
  }

  /** Text that is no solution (a criticism, say): a node of the tree all the same. */
  async write(origin: Origin): Promise<TreeNode | undefined> {
    if (this.over) return undefined;
    const node = this.tree.add(origin);
    await this.grown([node], [origin], 1, 'end', this.context.sampling);
    return node;
  }

  /** One further step of each that is neither kept nor drawn. */
  async peek(origins: readonly Origin[], sampling: Sampling): Promise<TreeNode[]> {
    return this.over ? [] : this.grown(origins.map(undrawn), origins, 1, 'step', sampling);
  }

  /** These go on no more: their caches are let go. */
  drop(nodes: readonly TreeNode[]): void {
    for (const { branching, branch } of nodes) branching.drop([branch]);
  }

  private async grow(
    origins: readonly Origin[],
    count: number,
    until: 'step' | 'end',
    sampling: Sampling,
  ): Promise<TreeNode[]> {
    if (origins.length === 0 || count === 0 || this.over) return [];
    const nodes = origins.flatMap((origin) => Array.from({ length: count }, () => this.tree.add(origin)));
    await this.grown(nodes, origins, count, until, sampling);
    this.solutions.push(...nodes.filter((node) => node.whole));
    return nodes;
  }

  /** Fills `nodes` as their branches grow. */
  private async grown(
    nodes: TreeNode[],
    origins: readonly Origin[],
    count: number,
    until: 'step' | 'end',
    sampling: Sampling,
  ): Promise<TreeNode[]> {
    const [first] = origins;
    if (!first) return [];
    const take = (branches: readonly Branch[]) => {
      nodes.forEach((node, index) => {
        node.branch = branches[index] ?? node.branch;
      });
      this.tree.touch(...nodes);
    };
    const { maxTokens, budget } = this.context;
    const before = this.spent('generated');
    const branches = await first.branching.grow(
      origins.map(({ branch }) => branch),
      {
        count,
        until,
        sampling,
        maxTokens,
        ...(Number.isFinite(budget.tokens) && { tokens: this.tokensLeft }),
        signal: this.growing,
        onProgress: take,
      },
    );
    take(branches);
    this.exhausted = this.spent('generated') === before;
    return nodes;
  }

  /** Asks the verifier about those that it did not judge before; a search that was cancelled does not wait for it. */
  async judge(nodes: readonly TreeNode[]): Promise<void> {
    const { verifier, question, signal } = this.context;
    const asked = nodes.filter((node) => node.verdict === undefined && node.branch.ids.length > 0);
    if (!verifier || asked.length === 0 || signal.aborted) return;
    try {
      const texts = asked.map(({ branch }) => branch.text);
      const verdicts = await verifier.verify(question, texts, signal);
      asked.forEach((node, index) => {
        node.verdict = verdicts[index];
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    this.tree.touch(...asked);
  }

  /** Says how often a node was visited, and what that came to. */
  weigh(node: TreeNode, visits: number, mean: number): void {
    node.visits = visits;
    node.total = visits * mean;
    this.tree.touch(node);
  }

  /** Gives a node a verdict that is not on its own text. */
  rate(node: TreeNode, score: number): void {
    node.verdict = { score };
    this.tree.touch(node);
  }

  /** A reward goes up from a node to the root. */
  backpropagate(from: TreeNode, reward: number): void {
    for (let node: TreeNode | undefined = from; node; node = node.parent) {
      node.visits++;
      node.total += reward;
      this.tree.touch(node);
    }
  }

  result({ chosen, votes = [] }: Outcome): SearchResult {
    for (let node = chosen; node; node = node.parent) {
      node.chosen = true;
      this.tree.touch(node);
    }
    this.tree.flush();
    const { verifier, clock } = this.context;
    return {
      ...(chosen && { chosen: this.solutions.indexOf(chosen) }),
      candidates: this.solutions.map(candidateOf),
      votes,
      nodes: drawnNodes(this.tree.nodes),
      spent: {
        generated: this.spent('generated'),
        run: this.spent('run'),
        distinct: this.spent('distinct'),
        idle: this.spent('idle'),
        kvCache: this.spent('kvCache'),
        answer: this.tree.nodes.reduce((sum, node) => sum + node.answerTokens, 0),
        verifier: (verifier?.run ?? 0) - this.verifierBefore,
        ms: clock() - this.startedAt,
      },
    };
  }
}

/** Timers hold 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function candidateOf(node: TreeNode): Candidate {
  const { branch, verdict, id } = node;
  return {
    text: branch.text,
    answer: node.answer,
    tokens: branch.ids.length,
    confidence: node.confidence,
    ...(verdict && { score: verdict.score }),
    ...(verdict?.steps && { steps: verdict.steps }),
    node: id,
  };
}

/** Without those that nothing came of: the budget was used up when their turn came. */
function drawnNodes(nodes: readonly TreeNode[]): SearchNode[] {
  const parents = new Set(nodes.map(({ parent }) => parent));
  return nodes.filter((node) => !node.parent || node.text !== '' || parents.has(node)).map((node) => node.drawn());
}
