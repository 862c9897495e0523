import type { GraphDocument } from '../../../graphs/document.ts';
import { didYouMean } from '../../../graphs/suggest.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';

/** A value for a parameter, as a person types it. */
export interface Setting {
  /** `<node>.<param>` */
  readonly place: string;
  readonly text: string;
}

export const settingText = ({ place, text }: Setting) => `${place}=${text}`;

/**
 * Sets parameters: JSON where the parameter takes it (`0.7`, `true`, `[1, 2]`), otherwise the text as it is. Throws a
 * `NodeError` that begins with the setting.
 */
export function withSettings(document: GraphDocument, settings: readonly Setting[]): GraphDocument {
  const changed = structuredClone(document);
  for (const setting of settings) {
    const { id, name } = placeIn(setting);
    const node = Object.hasOwn(changed.nodes, id) ? changed.nodes[id] : undefined;
    if (!node)
      throw new NodeError(
        `${settingText(setting)}: there is no node "${id}"${didYouMean(id, Object.keys(changed.nodes))}`,
      );
    node.params = { ...node.params, [name]: valueFor(node.kind, name, setting.text) };
  }
  return changed;
}

/** What a document holds at a place. */
export function valueAt({ nodes }: GraphDocument, place: string): unknown {
  const { id, name } = placeIn({ place, text: '' });
  return nodes[id]?.params?.[name];
}

function placeIn(setting: Setting): { readonly id: string; readonly name: string } {
  const [, id, name] = /^([^.=]+)\.([^=]+)$/s.exec(setting.place) ?? [];
  if (id === undefined || name === undefined) throw new NodeError(`${settingText(setting)}: expected node.param=value`);
  return { id, name };
}

function valueFor(kind: string, name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const parsed = catalog.get(kind)?.parseParams({ [name]: value });
  return parsed && 'problems' in parsed && typeof value !== 'string' && acceptsText(kind, name, text) ? text : value;
}

function acceptsText(kind: string, name: string, text: string): boolean {
  const parsed = catalog.get(kind)?.parseParams({ [name]: text });
  return parsed !== undefined && 'params' in parsed;
}
