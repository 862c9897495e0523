import { create } from 'zustand';
import type { ReasoningEntry, ReasoningNews } from '../../electron/backend/reasoning/news.ts';
import type { ReasoningChoices } from '../../electron/backend/reasoning/schema.ts';
import type { Reasoning } from '../../graphs/reasoning.ts';
import type { Shown } from '../measured/shown.ts';

/** What the form holds. Numbers and names stay texts while they are typed. */
export interface Choices {
  readonly data: ReasoningChoices['data'];
  readonly n: string;
  readonly budgets: string;
  /** Strategies that are left out. */
  readonly without: readonly string[];
  readonly verifiers: string;
  readonly seed: string;
}

export type ShownReasoning = Shown<ReasoningNews>;

interface ComputeState {
  readonly choices: Choices;
  readonly entries: readonly ReasoningEntry[];
  /** Absent while the form is shown. */
  readonly shown?: ShownReasoning;
  /** Lines that the plot leaves out. */
  readonly hidden: ReadonlySet<string>;
}

export const useCompute = create<ComputeState>(() => ({
  choices: { data: 'arithmetic', n: '100', budgets: '1, 2, 4, 8, 16', without: [], verifiers: '', seed: '0' },
  entries: [],
  hidden: new Set(),
}));

export function choose(changes: Partial<Choices>): void {
  useCompute.setState(({ choices }) => ({ choices: { ...choices, ...changes } }));
}

/** Measures a strategy, or leaves it out. */
export function toggleStrategy(name: string): void {
  const { without } = useCompute.getState().choices;
  choose({ without: without.includes(name) ? without.filter((one) => one !== name) : [...without, name] });
}

/** Draws a line, or leaves it out. */
export function toggleLine(name: string): void {
  useCompute.setState(({ hidden }) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    return { hidden: next };
  });
}

/** A measurement of a file. */
export function fromFile(title: string, result: Reasoning): ShownReasoning {
  const done = result.points[0]?.n ?? 0;
  const status = result.how.complete ? 'finished' : 'stopped';
  return { title, searches: result.how.n, done, status, result, stopping: false };
}
