import {
  DocumentError,
  type GraphDocument,
  type GraphNode,
  type NodeMode,
  type Problem,
  parseOutputRef,
} from './document.ts';
import { dottedPath } from './issues.ts';
import { feeding, isRound, KEPT, MADE, NEXT, OUTER, PASSED, REPEAT, roundsOf } from './repeats.ts';
import { didYouMean } from './suggest.ts';
import { wiresInto } from './wires.ts';

/**
 * Subgraphs: a node of kind `subgraph` stands for the graph that its parameter `graph` names among the document's
 * `subgraphs`, a node of kind `repeat` for several rounds of it (repeats.ts). Whatever runs, measures or compares a graph works on the flat one, in which no such node is left.
 */

export const SUBGRAPH = 'subgraph';
export const SUBGRAPH_INPUT = 'subgraph-input';
export const SUBGRAPH_OUTPUT = 'subgraph-output';
/** The one input of a `subgraph-output`, and the one output of a `subgraph-input`. */
export const INNER_PORT = 'value';

/** Beyond this many nodes and subgraphs a document is refused, so that nesting cannot fill the memory. */
const MOST_NODES = 10_000;

export interface Flat {
  /** Without subgraphs: a node in one has the id `<node>/<inner node>`. */
  readonly document: GraphDocument;
  /** What is wrong with subgraphs and the wires through them; such wires are left out. */
  readonly problems: readonly Problem[];
  /** The path in the file of a node of the flat document. */
  place(id: string): readonly string[];
  /** For each subgraph node, what its outputs carry: `<node>.<port>` of the flat document, by output. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Inputs (`<node>.<port>`) that lost a wire here, with why: one of `problems`, or what to say where they need a wire. */
  readonly lost: ReadonlyMap<string, Problem>;
}

/** The name of the graph that a node stands for; `undefined` for other kinds. */
export function subgraphName({ kind, params }: GraphNode): string | undefined {
  if (kind !== SUBGRAPH && kind !== REPEAT) return undefined;
  return typeof params?.graph === 'string' ? params.graph : '';
}

/** Whether a node is an input or output of the subgraph that it stands in. */
export function isPort({ kind }: GraphNode): boolean {
  return kind === SUBGRAPH_INPUT || kind === SUBGRAPH_OUTPUT;
}

/** Puts every subgraph in the place of its nodes. Throws `DocumentError` where there would be too many. */
export function flatten(document: GraphDocument): Flat {
  const plain = Object.entries(document.nodes).every(([id, { kind }]) => !isStructure(id, kind));
  if (plain) {
    const { subgraphs: _, ...flat } = document;
    const nothing = { problems: [], outputs: new Map(), lost: new Map() };
    return { document: flat, place: (id) => ['nodes', id], ...nothing };
  }
  return new Flattener(document).flat();
}

/** A document without subgraphs that runs as this one does. Throws `DocumentError` where they are wrong. */
export function flatDocument(read: GraphDocument): GraphDocument {
  return soundFlat(read).document;
}

/** `flatten` of a document that will run. Throws `DocumentError` where its subgraphs are wrong. */
export function soundFlat(read: GraphDocument): Flat {
  const flat = flatten(read);
  if (flat.problems.length > 0) throw new DocumentError(flat.problems);
  return flat;
}

/** The nodes of a flat document that are meant by ids of the document it comes from: a subgraph means all in it. */
export function flatIds({ document }: Pick<Flat, 'document'>, ids: readonly string[]): string[] {
  const all = Object.keys(document.nodes);
  return ids.flatMap((id) => {
    const inner = all.filter((each) => each.startsWith(`${id}/`));
    return Object.hasOwn(document.nodes, id) || inner.length === 0 ? [id] : inner;
  });
}

const STRUCTURE: ReadonlySet<string> = new Set([SUBGRAPH, SUBGRAPH_INPUT, SUBGRAPH_OUTPUT, REPEAT]);

/** Whether a node is gone from the flat graph. The node after a round of a repeat stands in it. */
const isStructure = (id: string, kind: string) => STRUCTURE.has(kind) && !isRound(id);

/** A graph at the place where it is used. */
interface Scope {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** Before the ids of its nodes: `outer/inner/`. */
  readonly prefix: string;
  /** Where it stands in the file. */
  readonly path: readonly string[];
  /** Names of the subgraphs that it is in, outermost first. */
  readonly names: readonly string[];
  /** The node that stands for it. */
  readonly node?: { readonly scope: Scope; readonly id: string };
  /** The round of the repeat that it is, from 1; 1 in a plain subgraph. */
  readonly round: number;
  /** That the nodes around it give to all in it. */
  readonly mode?: NodeMode;
  /** By node, what it stands for, or why that is not known. */
  readonly inner: Map<string, Scope | Problem>;
}

class Flattener {
  private readonly problems = new Map<string, Problem>();
  private readonly nodes: Record<string, GraphNode> = {};
  private readonly places = new Map<string, readonly string[]>();
  private readonly outputs = new Map<string, Readonly<Record<string, string>>>();
  private readonly lost = new Map<string, Problem>();
  private count = 0;

  constructor(private readonly document: GraphDocument) {}

  flat(): Flat {
    this.take({ nodes: this.document.nodes, prefix: '', path: [], names: [], round: 1, inner: new Map() });
    const { subgraphs: _, ...rest } = this.document;
    const { places, outputs, lost } = this;
    return {
      document: { ...rest, nodes: this.nodes },
      problems: [...this.problems.values()],
      place: (id) => places.get(id) ?? ['nodes', id],
      outputs,
      lost,
    };
  }

  private take(scope: Scope): void {
    this.tally(Object.keys(scope.nodes).length);
    for (const [id, node] of Object.entries(scope.nodes)) {
      if (node.kind === SUBGRAPH) this.takeSubgraph(scope, id, node);
      else if (node.kind === REPEAT && !isRound(id)) this.takeRepeat(scope, id, node);
      else if (!isStructure(id, node.kind)) this.takeNode(scope, id, node);
      else if (!scope.node) this.strayed(scope, id);
    }
  }

  private takeNode(scope: Scope, id: string, node: GraphNode): void {
    const flatId = scope.prefix + id;
    this.places.set(flatId, [...scope.path, 'nodes', id]);
    const inputs = Object.entries(node.inputs ?? {}).flatMap(([port, wired]) => {
      const found = [wired].flat().flatMap((source, index) => {
        const at = typeof wired === 'string' ? ['inputs', port] : ['inputs', port, index];
        const resolved = this.resolve(scope, source, { scope, id, at, input: `${flatId}.${port}` });
        return resolved === undefined ? [] : [resolved];
      });
      const [first] = found;
      if (first === undefined && wired.length > 0) return [];
      return [[port, typeof wired === 'string' ? (first ?? '') : found] as const];
    });
    const { inputs: _, mode: __, ...plain } = node;
    const mode = strongerMode(scope.mode, node.mode);
    const rest = mode ? { ...plain, mode } : plain;
    this.nodes[flatId] = inputs.length > 0 ? { ...rest, inputs: Object.fromEntries(inputs) } : rest;
  }

  private takeSubgraph(scope: Scope, id: string, node: GraphNode): void {
    const inner = this.innerOf(scope, id, node);
    if ('message' in inner) return;
    this.take(inner);
    this.checkInputs(scope, id, node, inner);
    this.outputs.set(scope.prefix + id, Object.fromEntries(this.carriedBy(inner)));
  }

  /** Every round, with the node after it; what is wired to the repeat comes from the last of these. */
  private takeRepeat(scope: Scope, id: string, node: GraphNode): void {
    const rounds = roundsOf(node.params);
    const flatId = scope.prefix + id;
    const mode = strongerMode(scope.mode, node.mode);
    for (let round = 1; round <= rounds; round++) {
      const inner = this.innerOf(scope, id, node, round);
      if ('message' in inner) return;
      this.take(inner);
      const made = this.carriedBy(inner);
      const kept = round === 1 ? [] : made.map(([name]) => [KEPT + name, `${flatId}/${round - 1}.${name}`] as const);
      const outer = wiresInto(node).flatMap(({ port, source }) => {
        const resolved = this.resolve(scope, `${source.node}.${source.port}`);
        return resolved === undefined ? [] : [[OUTER + port, resolved] as const];
      });
      const inputs = [...made.map(([name, source]) => [MADE + name, source] as const), ...kept, ...outer];
      this.places.set(`${flatId}/${round}`, [...scope.path, 'nodes', id]);
      this.nodes[`${flatId}/${round}`] = {
        kind: REPEAT,
        ...(node.params && { params: node.params }),
        ...(mode && { mode }),
        inputs: Object.fromEntries(inputs),
      };
      if (round > 1) continue;
      this.checkInputs(scope, id, node, inner);
      this.outputs.set(flatId, Object.fromEntries(made.map(([name]) => [name, `${flatId}/${rounds}.${name}`])));
    }
  }

  /** What the outputs of a subgraph carry, as `<node>.<port>` of the flat document. */
  private carriedBy(inner: Scope): (readonly [name: string, source: string])[] {
    return Object.entries(inner.nodes).flatMap(([name, { kind, inputs }]) => {
      const source = kind === SUBGRAPH_OUTPUT ? firstOf(inputs?.[INNER_PORT]) : undefined;
      const resolved = source === undefined ? undefined : this.resolve(inner, source);
      return resolved === undefined ? [] : [[name, resolved] as const];
    });
  }

  private checkInputs(scope: Scope, id: string, node: GraphNode, inner: Scope): void {
    const names = Object.keys(inner.nodes).filter((name) => inner.nodes[name]?.kind === SUBGRAPH_INPUT);
    for (const { port, index } of wiresInto(node)) {
      if (!names.includes(port))
        this.report(scope, id, ['inputs', port], `"${id}" has no input "${port}"${didYouMean(port, names)}`);
      else if (index === 1) this.report(scope, id, ['inputs', port], `the input "${port}" takes one wire`);
    }
  }

  private innerOf(scope: Scope, id: string, node: GraphNode, round = 1): Scope | Problem {
    const key = node.kind === REPEAT ? `${id}/${round}` : id;
    const known = scope.inner.get(key);
    if (known) return known;
    const name = subgraphName(node) ?? '';
    const all = this.document.subgraphs ?? {};
    const graph = Object.hasOwn(all, name) ? all[name] : undefined;
    const at = ['params', 'graph'];
    const inner = !graph
      ? this.report(
          scope,
          id,
          at,
          name === ''
            ? 'it names no subgraph'
            : `this graph has no subgraph "${name}"${didYouMean(name, Object.keys(all))}`,
        )
      : scope.names.includes(name)
        ? this.report(scope, id, at, `a subgraph cannot hold itself: ${circle(scope.names, name)}`, 'Remove this node')
        : {
            nodes: graph.nodes,
            prefix: `${scope.prefix}${key}/`,
            path: ['subgraphs', name],
            names: [...scope.names, name],
            node: { scope, id },
            round,
            mode: strongerMode(scope.mode, node.mode),
            inner: new Map(),
          };
    scope.inner.set(key, inner);
    return inner;
  }

  /** What a wire carries, as `<node>.<port>` of the flat document; `undefined` where it leads nowhere, which is noted at `end`. */
  private resolve(
    scope: Scope,
    source: string,
    end?: End,
    passed: ReadonlySet<string> = new Set(),
  ): string | undefined {
    const key = scope.prefix + source;
    const { node: id, port } = parseOutputRef(source);
    const node = Object.hasOwn(scope.nodes, id) ? scope.nodes[id] : undefined;
    if (!node || !isStructure(id, node.kind)) return key;
    if (passed.has(key)) return this.lose(end, `the wires go round in a circle through "${id}"`);
    const further = new Set(passed).add(key);
    if (node.kind === SUBGRAPH_INPUT) {
      const fed = scope.node && firstOf(scope.node.scope.nodes[scope.node.id]?.inputs?.[id]);
      if (scope.node && scope.round > 1) {
        const before = `${scope.node.scope.prefix}${scope.node.id}/${scope.round - 1}`;
        const next = Object.hasOwn(scope.nodes, feeding(id)) ? scope.nodes[feeding(id)] : undefined;
        if (next?.kind === SUBGRAPH_OUTPUT && firstOf(next.inputs?.[INNER_PORT]) !== undefined)
          return `${before}.${NEXT}${feeding(id)}`;
        if (fed !== undefined) return `${before}.${PASSED}${id}`;
      }
      if (scope.node && fed !== undefined) return this.resolve(scope.node.scope, fed, end, further);
      const unfed = scope.node
        ? problem(scope.node.scope, scope.node.id, ['inputs', id], notConnected(id))
        : this.strayed(scope, id);
      if (end) this.lost.set(end.input, unfed);
      return undefined;
    }
    if (node.kind === SUBGRAPH_OUTPUT) return this.lose(end, `"${id}" has no outputs`);
    const inner = this.innerOf(scope, id, node);
    if ('message' in inner) {
      if (end) this.lost.set(end.input, inner);
      return undefined;
    }
    const output = Object.hasOwn(inner.nodes, port) ? inner.nodes[port] : undefined;
    const outputs = Object.keys(inner.nodes).filter((name) => inner.nodes[name]?.kind === SUBGRAPH_OUTPUT);
    if (output?.kind !== SUBGRAPH_OUTPUT)
      return this.lose(end, `"${id}" has no output "${port}"${didYouMean(port, outputs)}`);
    const within = firstOf(output.inputs?.[INNER_PORT]);
    if (within !== undefined && node.kind === REPEAT) return `${scope.prefix}${id}/${roundsOf(node.params)}.${port}`;
    if (within === undefined) return this.lose(end, `nothing is wired to the output "${port}" in the subgraph "${id}"`);
    return this.resolve(inner, within, end, further);
  }

  private strayed(scope: Scope, id: string): Problem {
    return this.report(scope, id, ['kind'], 'an input or output of a subgraph stands outside of one', 'Remove it');
  }

  private lose(end: End | undefined, message: string): undefined {
    if (end) this.lost.set(end.input, this.report(end.scope, end.id, end.at, message));
  }

  private report(scope: Scope, id: string, at: readonly PropertyKey[], message: string, hint?: string): Problem {
    const said = problem(scope, id, at, message, hint);
    const key = `${said.node} ${said.path} ${message}`;
    const before = this.problems.get(key) ?? said;
    this.problems.set(key, before);
    return before;
  }

  private tally(nodes: number): void {
    this.count += 1 + nodes;
    if (this.count > MOST_NODES)
      throw new DocumentError([
        {
          path: 'subgraphs',
          message: `there would be more than ${MOST_NODES} nodes in all subgraphs`,
          blocks: 'running',
        },
      ]);
  }
}

/** The input at the end of a wire. */
interface End {
  readonly scope: Scope;
  readonly id: string;
  readonly at: readonly PropertyKey[];
  readonly input: string;
}

function problem(scope: Scope, id: string, at: readonly PropertyKey[], message: string, hint?: string): Problem {
  const path = dottedPath([...scope.path, 'nodes', id, ...at]);
  return { path, message, ...(hint && { hint }), node: scope.prefix + id, blocks: 'running' };
}

/** What is muted within a bypassed subgraph stays muted. */
function strongerMode(outer: NodeMode | undefined, own: NodeMode | undefined): NodeMode | undefined {
  return outer === 'mute' || own === 'mute' ? 'mute' : (outer ?? own);
}

/** Names from the first that is `name` on, and that again: `a → b → a`. */
const circle = (names: readonly string[], name: string) => [...names.slice(names.indexOf(name)), name].join(' → ');

export const notConnected = (input: string) => `the input "${input}" is not connected`;

const firstOf = (wired: string | readonly string[] | undefined) => (typeof wired === 'string' ? wired : wired?.[0]);
