import type { GraphDocument } from '../../../graphs/document.ts';
import { activePart } from '../../../graphs/modes.ts';
import { flatten } from '../../../graphs/subgraphs.ts';
import { catalog } from '../../../nodes/catalog.ts';
import type { Drawn } from '../evaluation/answers.ts';
import { type Turn, turnsOf } from './cells.ts';

/** A graph of a comparison. */
export interface Variant {
  /** What it is called in the result; no two alike. */
  readonly graph: string;
  /** Swept parameters by `<node>.<param>`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly document: GraphDocument;
  readonly folder: string;
}

/** What is compared, and on what. */
export interface Setup {
  readonly variants: readonly Variant[];
  /** The items that are asked; without them each graph runs on its own inputs. */
  readonly drawn?: Drawn;
  /** Timed runs of each graph on each item. */
  readonly repeat: number;
  /** Of the bootstrap. */
  readonly seed: number;
}

/** Runs of each graph before any that count: one that loads, one that tells how long the others will take. */
export const WARM_UP_RUNS = 2;

/** Questions are put to a graph with an LLM; any other runs on its own inputs. */
export function isAsked({ document }: Variant, { drawn }: Setup): boolean {
  return (
    drawn !== undefined &&
    Object.values(activePart(flatten(document), catalog).document.nodes).some(({ kind }) => kind === 'llm')
  );
}

/** Every run of the comparison, in order. */
export function turnsIn(setup: Setup): Turn[] {
  const asked = setup.variants.map((variant) => isAsked(variant, setup));
  return [...turnsOf(asked, setup.drawn?.n ?? 1, setup.repeat)];
}
