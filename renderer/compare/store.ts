import { create } from 'zustand';
import type { CellNews, ComparisonEntry, ComparisonNews } from '../../electron/backend/comparison/news.ts';
import type { Comparison } from '../../graphs/comparison.ts';

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

/** What is shown: a comparison that is kept in the backend, or one from a file. */
export interface Shown extends Omit<ComparisonNews, 'cells' | 'result'> {
  /** Absent where it came from a file. */
  readonly id?: string;
  readonly cells: readonly CellNews[];
  readonly result?: Comparison;
  readonly stopping: boolean;
}

interface CompareState {
  readonly choices: Choices;
  readonly entries: readonly ComparisonEntry[];
  /** Absent while the form is shown. */
  readonly shown?: Shown;
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

/** What is shown of a comparison after some news of it. */
export function heard(before: Shown | undefined, id: string, news: ComparisonNews): Shown {
  const known = before?.id === id ? before : undefined;
  const result = news.result ?? known?.result;
  return {
    ...news,
    id,
    cells: [...(known?.cells ?? []), ...news.cells],
    ...(result && { result }),
    stopping: known?.stopping === true && news.status === 'running',
  };
}

/** A comparison of a file. */
export function fromFile(title: string, result: Comparison): Shown {
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
