import type { Branch, Branching } from '../generation/branches.ts';
import type { Verdict } from '../verifier/verifier.ts';
import { answerOf } from './answers.ts';
import type { SearchNode } from './search.ts';
import type { Solution } from './votes.ts';

/** Where something can grow, and the node of the tree that it will hang on. */
export interface Origin {
  readonly branching: Branching;
  readonly branch: Branch;
  readonly under: TreeNode;
}

/** Instead of an id: a beginning that was only tried. */
export const UNDRAWN = -1;

/** A beginning that is not to be seen in the tree. */
export const undrawn = ({ under, branching, branch }: Origin) =>
  new TreeNode(UNDRAWN, under, branching, branch.text, branch.ids.length, branch);

/** A node of the tree as strategies work with it. */
export class TreeNode implements Origin, Solution {
  /** Steps that a tree search may go on with; a solution that was only played to its end is none of them. */
  readonly children: TreeNode[] = [];
  visits = 0;
  /** Sum of the rewards that came through here. */
  total = 0;
  verdict?: Verdict;
  chosen = false;
  /** What grows from it hangs on it. */
  readonly under: TreeNode = this;

  constructor(
    readonly id: number,
    readonly parent: TreeNode | undefined,
    readonly branching: Branching,
    /** Text and tokens of what it grew from: they are not its own. */
    private readonly before: string,
    private readonly tokensBefore: number,
    /** While it grows, what it has come to. */
    public branch: Branch,
  ) {}

  get ended(): boolean {
    return this.branch.finish !== undefined;
  }

  /** A whole solution: ended, and neither because it was stopped nor because there were no tokens left to begin with. */
  get whole(): boolean {
    const { finish, ids } = this.branch;
    return finish === 'stop' || (finish === 'length' && ids.length > this.tokensBefore);
  }

  get mean(): number {
    return this.visits === 0 ? 0 : this.total / this.visits;
  }

  /** What the verifier thinks of it so far: of the whole where it is whole, of its last step before. */
  get score(): number | undefined {
    return this.whole ? this.verdict?.score : (this.verdict?.steps?.at(-1) ?? this.verdict?.score);
  }

  get answer(): string {
    return answerOf(this.branch.text);
  }

  /** Mean log-probability of its tokens, in nats. */
  get confidence(): number {
    const { logProbs } = this.branch;
    return logProbs.length === 0
      ? Number.NEGATIVE_INFINITY
      : logProbs.reduce((sum, each) => sum + each, 0) / logProbs.length;
  }

  /** What it adds to its parent. */
  get text(): string {
    const { text } = this.branch;
    return text.startsWith(this.before) ? text.slice(this.before.length) : text;
  }

  /** Of the tokens that it adds, those after the thought. */
  get answerTokens(): number {
    const { ids } = this.branch;
    return ids.length - Math.min(ids.length, Math.max(this.tokensBefore, thoughtTokens(this.branch)));
  }

  drawn(): SearchNode {
    const value = this.visits > 0 ? this.mean : this.score;
    return {
      id: this.id,
      ...(this.parent && { parent: this.parent.id }),
      text: this.text,
      ...(value !== undefined && { value: Math.min(1, Math.max(0, value)) }),
      visits: this.visits,
      chosen: this.chosen,
      ...(this.branch.finish && { finish: this.branch.finish }),
    };
  }
}

/** News of the tree go out this often, in ms. */
const NEWS_MS = 100;

/** All nodes, and which of them those who watch do not know as they are. */
export class Tree {
  readonly nodes: TreeNode[] = [];
  private readonly changed = new Set<TreeNode>();
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly tell: (nodes: readonly SearchNode[]) => void) {}

  add({ under, branching, branch }: Omit<Origin, 'under'> & { readonly under?: TreeNode }): TreeNode {
    const node = new TreeNode(this.nodes.length, under, branching, branch.text, branch.ids.length, branch);
    this.nodes.push(node);
    this.changed.add(node);
    return node;
  }

  touch(...nodes: readonly TreeNode[]): void {
    for (const node of nodes) if (node.id !== UNDRAWN) this.changed.add(node);
    if (performance.now() - this.toldAt >= NEWS_MS) this.flush();
  }

  flush(): void {
    if (this.changed.size === 0) return;
    this.tell([...this.changed].map((node) => node.drawn()));
    this.changed.clear();
    this.toldAt = performance.now();
  }
}

/** Tokens up to the end of the thought: a step ends with each line of it, and with its last token. */
function thoughtTokens({ text, ids, stepEnds }: Branch): number {
  const end = text.indexOf('</think>');
  if (end < 0) return text.includes('<think>') ? ids.length : 0;
  const lines = text.slice(0, end).split('\n').length;
  return stepEnds[lines - 1] ?? ids.length;
}
