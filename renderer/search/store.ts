import { useMemo } from 'react';
import { create } from 'zustand';
import type { SearchNode, SearchResult } from '../../nodes/search-loop/search.ts';
import { flatId, shown, useDocument } from '../store/document.ts';
import { type NodeRunState, useRun } from '../store/run.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { toast } from '../store/ui.ts';

export const SEARCH_LOOP = 'search-loop';

export type Page = 'node' | 'candidates' | 'votes' | 'spent';

interface SearchPanelState {
  /** The search whose tree the panel under the canvas shows, by its id in the flat graph; absent while it is closed. */
  readonly node?: string;
  /** The node of the tree that is looked at. */
  readonly selected?: number;
  readonly page: Page;
  /** Pixels. */
  readonly height: number;
}

export const useSearchPanel = create<SearchPanelState>(() => ({ page: 'node', height: 340 }));

const [LOWEST, HIGHEST] = [180, 700];

export function setSearchHeight(height: number): void {
  useSearchPanel.setState({ height: Math.round(Math.min(HIGHEST, Math.max(LOWEST, height))) });
}

/** Shows the search of a node of the graph that is looked at. */
export const openSearch = (id: string) => useSearchPanel.setState({ node: flatId(id), selected: undefined });

export const closeSearch = () => useSearchPanel.setState({ node: undefined, selected: undefined });

// Another graph may have a node of that id, which is another search.
useDocument.subscribe(({ id }, before) => id !== before.id && closeSearch());

export const lookAt = (selected: number | undefined) => useSearchPanel.setState({ selected, page: 'node' });

/** Shows the search of the selected node, or of the only search loop; closes the panel where it is open. */
export function toggleSearch(): void {
  if (useSearchPanel.getState().node === undefined) openFirst();
  else closeSearch();
}

function openFirst(): void {
  const { nodes } = shown();
  const loops = Object.keys(nodes).filter((id) => nodes[id]?.kind === SEARCH_LOOP);
  const selected = soleNode(useSelection.getState());
  const id = loops.find((each) => each === selected) ?? loops[0];
  if (id === undefined)
    toast('info', 'There is no search loop here', 'Add one, wire a prompt and a generator to it, and run it');
  else openSearch(id);
}

/** Whole, once a search has ended. */
function resultIn(run: NodeRunState | undefined): SearchResult | undefined {
  const found = Object.values(run?.report?.outputs ?? {}).find((output) => output.type === 'candidates');
  return found?.type === 'candidates' ? found.result : undefined;
}

/** What is known of a search: its tree while it runs, all of it once it has ended. */
export function useSearched(node: string): { readonly nodes: readonly SearchNode[]; readonly result?: SearchResult } {
  const running = useRun((state) => state.nodes[node]?.tree);
  const result = useRun((state) => resultIn(state.nodes[node]));
  return useMemo(
    () => (running ? { nodes: [...running.values()] } : { nodes: result?.nodes ?? [], ...(result && { result }) }),
    [running, result],
  );
}
