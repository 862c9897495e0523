import { canonical } from './canonical.ts';
import type { KindCatalog } from './catalog.ts';
import type { GraphDocument, GraphNode } from './document.ts';
import { mapped, matchRenames, wiringOf } from './renames.ts';

/**
 * One difference of structure. Ids are those of the second graph, but where a node is gone or has another id now. Changes
 * in order turn the first graph's title and nodes into the second's; layout and notes are no structure.
 */
export type Change =
  | { readonly type: 'title'; readonly from: string; readonly to: string }
  /** The same kind, parameters and wiring under another id. */
  | { readonly type: 'renamed'; readonly from: string; readonly to: string }
  | { readonly type: 'removed'; readonly node: string; readonly kind: string }
  | { readonly type: 'added'; readonly node: string; readonly content: GraphNode }
  | { readonly type: 'kind'; readonly node: string; readonly from: string; readonly to: string }
  /** A parameter; absent values are the kind's default. */
  | ({ readonly type: 'parameter' } & FieldChange)
  /** Another field of a node, its title say. */
  | ({ readonly type: 'field' } & FieldChange)
  /** The sources wired into an input, `<node>.<port>`, in order. */
  | {
      readonly type: 'wires';
      readonly node: string;
      readonly port: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    };

interface FieldChange {
  readonly node: string;
  readonly name: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** What to change in `a` to get `b`; empty where they have the same structure. */
export function diff(a: GraphDocument, b: GraphDocument): Change[] {
  const renames = matchRenames(a.nodes, b.nodes);
  const before = new Map(Object.entries(a.nodes).map(([id, node]) => [renames.get(id) ?? id, node]));
  const ids = [...new Set([...before.keys(), ...Object.keys(b.nodes)])].sort();
  const nodes = ids.flatMap((id) => nodeChanges(id, before.get(id), own(b.nodes, id), renames));
  return [
    ...(a.title === b.title ? [] : [{ type: 'title', from: a.title, to: b.title } as const]),
    ...[...renames].map(([from, to]) => ({ type: 'renamed', from, to }) as const),
    ...nodes.filter(({ type }) => type === 'removed'),
    ...nodes.filter(({ type }) => type !== 'removed'),
  ];
}

function nodeChanges(
  node: string,
  before: GraphNode | undefined,
  after: GraphNode | undefined,
  renames: ReadonlyMap<string, string>,
): Change[] {
  if (!before) return after ? [{ type: 'added', node, content: after }] : [];
  if (!after) return [{ type: 'removed', node, kind: before.kind }];
  const kind = before.kind === after.kind ? [] : [{ type: 'kind', node, from: before.kind, to: after.kind } as const];
  const parameters = fieldChanges(before.params ?? {}, after.params ?? {});
  const fields = fieldChanges(otherFields(before), otherFields(after));
  return [
    ...kind,
    ...fields.map((change) => ({ type: 'field', node, ...change }) as const),
    ...parameters.map((change) => ({ type: 'parameter', node, ...change }) as const),
    ...wireChanges(node, mapped(wiringOf(before), renames), wiringOf(after)),
  ];
}

function otherFields({ kind: _kind, params: _params, inputs: _inputs, ...fields }: GraphNode): Record<string, unknown> {
  return fields;
}

function fieldChanges(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) {
  return names(before, after).flatMap((name) => {
    const [from, to] = [own(before, name), own(after, name)];
    if (canonical(from) === canonical(to)) return [];
    return { name, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  });
}

function wireChanges(
  node: string,
  before: Readonly<Record<string, readonly string[]>>,
  after: Readonly<Record<string, readonly string[]>>,
): Change[] {
  return names(before, after).flatMap((port): Change[] => {
    const [from, to] = [own(before, port) ?? [], own(after, port) ?? []];
    return canonical(from) === canonical(to) ? [] : [{ type: 'wires', node, port, from, to }];
  });
}

/** The changes as sentences, one or more each. The catalog knows the defaults of parameters that are left out. */
export function inWords(
  changes: readonly Change[],
  a: GraphDocument,
  b: GraphDocument,
  catalog: KindCatalog,
): string[] {
  const idBefore = new Map(changes.flatMap((change) => (change.type === 'renamed' ? [[change.to, change.from]] : [])));
  const valueIn = (nodes: GraphDocument['nodes'], id: string, name: string, value: unknown) => {
    if (value !== undefined) return JSON.stringify(value);
    const defaults = catalog.get(own(nodes, id)?.kind ?? '')?.defaults ?? {};
    const usual = own(defaults, name);
    return usual === undefined ? 'nothing' : `${JSON.stringify(usual)} (its default)`;
  };
  const told = (change: Change): string | string[] => {
    switch (change.type) {
      case 'title':
        return `the title changed from ${JSON.stringify(change.from)} to ${JSON.stringify(change.to)}`;
      case 'renamed':
        return `${change.from} is called ${change.to} now`;
      case 'removed':
        return `${change.node} (${change.kind}) was removed`;
      case 'added':
        return addedInWords(change.node, change.content);
      case 'kind':
        return `${change.node} was a ${change.from} and is a ${change.to} now`;
      case 'field':
        if (change.name === 'mode') return modeInWords(change);
        return `${change.node}: ${change.name} changed from ${JSON.stringify(change.from) ?? 'nothing'} to ${JSON.stringify(change.to) ?? 'nothing'}`;
      case 'parameter': {
        const from = valueIn(a.nodes, idBefore.get(change.node) ?? change.node, change.name, change.from);
        return `${change.node}.${change.name} changed from ${from} to ${valueIn(b.nodes, change.node, change.name, change.to)}`;
      }
      case 'wires':
        return wiresInWords(change);
    }
  };
  return changes.flatMap(told);
}

function modeInWords({ node, to }: FieldChange): string {
  if (to === 'mute') return `${node} is muted now: neither it runs nor what depends on it`;
  return to === 'bypass' ? `${node} is bypassed now` : `${node} runs again`;
}

function addedInWords(id: string, node: GraphNode): string[] {
  const params = Object.entries(node.params ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const wires = Object.entries(wiringOf(node)).map(([port, to]) => ({ node: id, port, from: [], to }));
  const held = params.length > 0 ? ` with ${params.join(', ')}` : '';
  const mode = node.mode === undefined ? '' : node.mode === 'mute' ? ', muted' : ', bypassed';
  return [`${id} (${node.kind}) was added${held}${mode}`, ...wires.flatMap(wiresInWords)];
}

function wiresInWords({ node, port, from, to }: Omit<Extract<Change, { type: 'wires' }>, 'type'>): string[] {
  const input = `${node}.${port}`;
  const removed = without(from, to).map((source) => `the wire ${source} → ${input} was removed`);
  const added = without(to, from).map((source) => `the wire ${source} → ${input} was added`);
  if (removed.length + added.length > 0) return [...removed, ...added];
  return [`the wires into ${input} are in another order: ${to.join(', ')}`];
}

/** What is in `list` more often than in `other`. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return list.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function names(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
