import { create } from 'zustand';
import type { ComparisonEntry, ComparisonNews } from '../../electron/backend/comparison/news.ts';
import type { Comparison } from '../../graphs/comparison.ts';
import { heard as heardOfAny, type Shown } from '../measured/shown.ts';

/** A graph to compare; the one on the canvas is taken as it is when the comparison starts. */
export interface ChosenGraph {
  /** `open`, `example:<name>`, or `file:<n>`. */
  readonly key: string;
  readonly name: string;
  /** The document; absent for the one on the canvas, and until it is read. */
  readonly text?: string;
}

/** A parameter to sweep, with its values as they are typed or ticked. */
export interface ChosenSweep {
  readonly id: number;
  /** `<node>.<param>` */
  readonly place: string;
  readonly values: readonly string[];
}

export type ChosenData = 'shapes' | 'digits' | 'visual-arithmetic' | 'own' | 'none';

/** What the form holds. Numbers stay texts while they are typed. */
export interface Choices {
  readonly graphs: readonly ChosenGraph[];
  readonly sweeps: readonly ChosenSweep[];
  readonly combine: 'grid' | 'list';
  readonly data: ChosenData;
  /** Of the user's own data. */
  readonly path: string;
  readonly blind: boolean;
  readonly n: string;
  readonly repeat: string;
  readonly seed: string;
}

/** What is shown; its `cells` are all so far. */
export type ShownComparison = Shown<ComparisonNews>;

interface CompareState {
  readonly choices: Choices;
  readonly entries: readonly ComparisonEntry[];
  /** Absent while the form is shown. */
  readonly shown?: ShownComparison;
  /** The row that others are compared with; the first where none is chosen. */
  readonly baseline?: string;
  /** Measures that the table leaves out. */
  readonly hidden: ReadonlySet<string>;
}

export const useCompare = create<CompareState>(() => ({
  choices: {
    graphs: [],
    sweeps: [],
    combine: 'grid',
    data: 'shapes',
    path: '',
    blind: true,
    n: '60',
    repeat: '3',
    seed: '0',
  },
  entries: [],
  hidden: new Set(),
}));

export function choose(changes: Partial<Choices>): void {
  useCompare.setState(({ choices }) => ({ choices: { ...choices, ...changes } }));
}

/** Shows a measure in the table, or leaves it out. */
export function toggleMeasure(title: string): void {
  useCompare.setState(({ hidden }) => {
    const next = new Set(hidden);
    if (!next.delete(title)) next.add(title);
    return { hidden: next };
  });
}

/** What is shown of a comparison after some news of it, which tell of new cells alone. */
export function heard(before: ShownComparison | undefined, id: string, news: ComparisonNews): ShownComparison {
  const cells = before?.id === id ? before.cells : [];
  return { ...heardOfAny(before, id, news), cells: [...cells, ...news.cells] };
}

/** A comparison of a file. */
export function fromFile(title: string, result: Comparison): ShownComparison {
  const runs = result.rows.reduce((sum, { rounds }) => sum + rounds, 0);
  return {
    title,
    graphs: result.rows.map(({ graph }) => graph),
    items: result.how.n ?? 1,
    runs,
    done: runs,
    status: result.how.complete ? 'finished' : 'stopped',
    cells: [],
    result,
    stopping: false,
  };
}
