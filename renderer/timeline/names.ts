import { definitionOf } from '../../nodes/registry.ts';
import { flatId, useDocument } from '../store/document.ts';
import { graphAt } from '../store/place.ts';
import { useSelection } from '../store/selection.ts';

/** Nodes of a run have ids of the flat graph: `<node>/<inner node>` in a subgraph. */

const split = (id: string): readonly [place: readonly string[], node: string] => {
  const parts = id.split('/');
  return [parts.slice(0, -1), parts.at(-1) ?? id];
};

/** The kind of a node, and what it is called; one that is gone, by its id. */
export function useNode(id: string): { readonly kind: string; readonly name: string } {
  const [place, node] = split(id);
  const title = useDocument(({ document }) => graphAt(document, place).nodes[node]?.title);
  const kind = useDocument(({ document }) => graphAt(document, place).nodes[node]?.kind ?? '');
  return { kind, name: title ?? definitionOf(kind)?.title ?? id };
}

export const useIsSelected = (id: string) =>
  useSelection(({ nodes }) => [...nodes].some((selected) => flatId(selected) === id));
