import { create } from 'zustand';
import type { Wiring } from './edits.ts';

interface SelectionState {
  readonly nodes: ReadonlySet<string>;
  /** Ids of wires, see `wireId`. */
  readonly wires: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

export const useSelection = create<SelectionState>(() => ({ nodes: NOTHING, wires: NOTHING }));

export function selectOnly(...ids: string[]): void {
  useSelection.setState({ nodes: new Set(ids), wires: NOTHING });
}

/** The one selected node; `undefined` where none or several are. */
export function soleNode({ nodes }: SelectionState): string | undefined {
  return nodes.size === 1 ? nodes.values().next().value : undefined;
}

export function wireId({ source, sourcePort, target, targetPort }: Wiring): string {
  return `${source}.${sourcePort}>${target}.${targetPort}`;
}
