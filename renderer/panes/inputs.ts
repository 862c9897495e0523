import type { GraphDocument } from '../../graphs/document.ts';
import { setParam } from '../store/edits.ts';
import { paramsOf } from '../store/library.ts';

/** What two graphs are asked together. */
export interface Asked {
  readonly picture?: string;
  readonly question?: string;
}

/** The parameters that hold a picture and a question. */
const PLACES = { picture: { kind: 'image', param: 'source' }, question: { kind: 'prompt', param: 'text' } } as const;

/** The node that takes the graph's picture or question, where there is one; with several each keeps its own. */
export function placeOf({ nodes }: GraphDocument, what: keyof Asked): string | undefined {
  const [id, ...others] = Object.keys(nodes).filter((node) => nodes[node]?.kind === PLACES[what].kind);
  return others.length === 0 ? id : undefined;
}

/** What a graph asks by itself. */
export function askedBy(document: GraphDocument): Asked {
  const held = (what: keyof Asked) => {
    const node = document.nodes[placeOf(document, what) ?? ''];
    return node && String(paramsOf(node)[PLACES[what].param]);
  };
  return { picture: held('picture'), question: held('question') };
}

/** The graph with that picture and question in place of its own. */
export function asking(document: GraphDocument, asked: Asked): GraphDocument {
  return (['picture', 'question'] as const).reduce((current, what) => {
    const [id, value] = [placeOf(current, what), asked[what]];
    return id === undefined || value === undefined ? current : setParam(current, id, PLACES[what].param, value);
  }, document);
}
