import { useMemo } from 'react';
import { create } from 'zustand';
import type { RunError } from '../../electron/backend/executor/events.ts';
import { withoutDefaults } from '../../graphs/defaults.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { flatten } from '../../graphs/subgraphs.ts';
import { catalog } from '../../nodes/catalog.ts';
import { useDocument } from '../store/document.ts';
import { withLayout } from '../store/layout.ts';
import type { RunState } from '../store/run.ts';
import { type Asked, askedBy, asking } from './inputs.ts';
import type { Side } from './marks.ts';

/** A side's run. */
export interface PaneRun extends RunState {
  /** What was asked in it. */
  readonly asked?: Asked;
  /** Why it did not run at all. */
  readonly error?: RunError;
}

interface PanesState {
  /** The second graph; the first is the one that is open. */
  readonly second?: GraphDocument;
  /** Asked of both in place of what the first graph asks. */
  readonly asked: Asked;
  readonly runs: Readonly<Record<Side, PaneRun>>;
}

export const NO_RUN: PaneRun = { cancelling: false, nodes: {}, order: [] };

export const usePanes = create<PanesState>(() => ({ asked: {}, runs: { a: NO_RUN, b: NO_RUN } }));

export const isRunning = ({ runs }: Pick<PanesState, 'runs'>) => Boolean(runs.a.active ?? runs.b.active);

export function setRun(side: Side, change: (run: PaneRun) => PaneRun): void {
  usePanes.setState(({ runs }) => ({ runs: { ...runs, [side]: change(runs[side]) } }));
}

/** What is asked of both: what was chosen here, else what the first graph asks. */
export function askedNow({ asked }: Pick<PanesState, 'asked'> = usePanes.getState()): Asked {
  return { ...askedBy(useDocument.getState().document), ...asked };
}

/** A side's graph, asking what both are asked. */
export interface Paned {
  /** As it runs. */
  readonly graph: GraphDocument;
  /** As it is drawn and compared: with what subgraphs stand for, and without parameters at their defaults. */
  readonly drawn: GraphDocument;
}

/** A side's graph as it runs. */
export function graphOf(side: Side): GraphDocument | undefined {
  const graph = side === 'a' ? useDocument.getState().document : usePanes.getState().second;
  return graph && asking(graph, askedNow());
}

export function useGraphs(): { readonly a: Paned; readonly b?: Paned } {
  const first = useDocument((state) => state.document);
  const second = usePanes((state) => state.second);
  const asked = usePanes((state) => state.asked);
  return useMemo(() => {
    const all = { ...askedBy(first), ...asked };
    return { a: paned(first, all), ...(second && { b: paned(second, all) }) };
  }, [first, second, asked]);
}

function paned(document: GraphDocument, asked: Asked): Paned {
  const graph = asking(document, asked);
  const flat = withoutDefaults(flatten(graph).document, catalog);
  const placed = Object.keys(flat.nodes).every((id) => flat.layout?.[id]);
  return { graph, drawn: placed ? flat : withLayout({ ...flat, layout: {} }) };
}
