import type { GraphDocument } from '../../../graphs/document.ts';
import { type Turn, turnsOf } from './cells.ts';
import type { DataSet } from './data.ts';

/** A graph of a comparison. */
export interface Variant {
  /** What it is called in the result; no two alike. */
  readonly graph: string;
  /** Swept parameters by `<node>.<param>`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** As it runs: flat, without nodes that do not run. */
  readonly document: GraphDocument;
  /** That relative file names in it refer to. */
  readonly folder?: string;
}

/** What is compared, and on what. */
export interface Setup {
  readonly variants: readonly Variant[];
  /** The questions that are put to them; without any each graph runs on its own inputs. */
  readonly data?: DataSet;
  /** Whether each question is also asked with another picture. */
  readonly blind: boolean;
  /** Timed runs of each graph on each item. */
  readonly repeat: number;
  /** Of the bootstrap. */
  readonly seed: number;
}

/** Runs of each graph before any that count: one that loads, one that tells how long the others will take. */
export const WARM_UP_RUNS = 2;

/** Questions are put to a graph with an LLM; any other runs on its own inputs. */
export function isAsked({ document }: Variant, { data }: Pick<Setup, 'data'>): boolean {
  return data !== undefined && Object.values(document.nodes).some(({ kind }) => kind === 'llm');
}

/** Runs of a graph in all. */
export function runsOf(variant: Variant, { data, blind, repeat }: Setup): number {
  const n = data?.n ?? 1;
  return n * repeat + (blind && data?.hasOthers && isAsked(variant, { data }) ? n : 0);
}

/** Every run of the comparison, in order. */
export function turnsIn(setup: Setup): Turn[] {
  const { variants, data, blind, repeat } = setup;
  const askedBlind = variants.map((variant) => blind && data?.hasOthers === true && isAsked(variant, setup));
  return [...turnsOf(askedBlind, data?.n ?? 1, repeat)];
}
