import type { FactsByNode, KindCatalog } from '../../graphs/catalog.ts';
import { DocumentError, type GraphDocument, parseOutputRef } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { activePart } from '../../graphs/modes.ts';
import { type Flat, flatten } from '../../graphs/subgraphs.ts';
import { validate } from '../../graphs/validate.ts';
import { topologicalOrder, wiresInto } from '../../graphs/wires.ts';
import { catalog } from '../../nodes/catalog.ts';
import type { Cost, Facts, NodeDefinition } from '../../nodes/definition.ts';
import { isEndpoint } from '../../nodes/endpoint/reference.ts';
import { isImported } from '../../nodes/imports/facts.ts';
import type { Variant } from '../../nodes/imports/variants.ts';
import type { OpenSizes } from '../../nodes/onnx/imported/tree.ts';
import { type ModuleTree, moduleTree } from '../../nodes/onnx/modules.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { NodeError } from '../../nodes/run.ts';
import type { ValueSpec } from '../../nodes/values.ts';
import type { GraphCheck, NodeCheck } from './contract.ts';
import { EngineLost } from './engine/process.ts';
import type { RunError } from './executor/events.ts';
import { exportModules } from './models/look-inside.ts';
import { readModuleTree } from './models/onnx-file.ts';

/** Reads what shapes need of a node's files; rejects with a sentence for the user. */
export type Probe = (kind: string, params: Readonly<Record<string, unknown>>, folder?: string) => Promise<Facts>;

/** Facts by node, and for nodes whose files could not be read, why; `engine`, where it failed under several of them. */
export interface ProbedFacts {
  readonly facts: FactsByNode;
  readonly errors: Readonly<Record<string, string>>;
  readonly engine?: RunError;
}

/**
 * Validation, shapes and cost of a graph, walked in plan order through the kinds' definitions. No weights are made:
 * the cost is counted from the graph that would be built.
 */
export async function checkText(text: string, probe: Probe, folder?: string): Promise<GraphCheck> {
  try {
    return await checkDocument(parse(text), probe, folder);
  } catch (error) {
    if (error instanceof DocumentError) return { problems: error.problems, nodes: {}, total: {} };
    throw error;
  }
}

export async function checkDocument(whole: GraphDocument, probe: Probe, folder?: string): Promise<GraphCheck> {
  const flat = flatten(whole);
  const { document } = flat;
  const { facts, errors, engine } = await probeDocument(document, probe, folder);
  const { document: active, idle } = activePart(flat, catalog, facts);
  // A node that does not run still has the ports that its file gives it.
  const nodes: Record<string, NodeCheck> = Object.fromEntries(
    [...idle.keys()].map((id) => [id, { facts: facts[id], outputs: {} }]),
  );
  for (const id of topologicalOrder(active).order) {
    const node = active.nodes[id];
    const definition = node && definitionOf(node.kind);
    const params = definition?.params.safeParse(node?.params ?? {});
    if (!definition || !params?.success) continue;
    nodes[id] = checkNode(definition, params.data, inputSpecs(active, id, nodes), facts[id], errors[id]);
  }
  const problems = validate(whole, catalog, facts);
  const subgraphs = checkSubgraphs(flat, nodes);
  return { problems, nodes: { ...nodes, ...subgraphs }, total: sum(Object.values(nodes)), ...(engine && { engine }) };
}

/**
 * The modules of the model that a node holds, of the size that the graph gives it, or as its file has them; no weights are
 * made or read. `sizes`: of what a file leaves open, by name. Rejects with a sentence where the node holds none, or where its
 * size is not known yet.
 */
export async function modulesOf(
  whole: GraphDocument,
  id: string,
  probe: Probe,
  folder?: string,
  sizes?: OpenSizes,
): Promise<ModuleTree> {
  const { document } = flatten(whole);
  const node = Object.hasOwn(document.nodes, id) ? document.nodes[id] : undefined;
  const definition = node && definitionOf(node.kind);
  if (node && definition?.modelFile !== undefined)
    return readModuleTree(String(node.params?.[definition.modelFile] ?? ''), folder, sizes);
  const model = node?.params?.model;
  if (typeof model === 'string' && isEndpoint(model))
    throw new NodeError(
      `${model} runs at a server, which tells nothing of its modules.`,
      'Look inside a model of this machine.',
    );
  if (typeof model === 'string' && isImported(model) && definition?.importedFiles) {
    const variant = definition.params.safeParse(node?.params ?? {}).data?.variant as Variant | undefined;
    const { importedFiles } = definition;
    return exportModules({ reference: model, variant: variant ?? 'auto', folder, filesOf: importedFiles }, sizes);
  }
  if (!node || !definition?.modules)
    throw new NodeError(`${id} holds no model that is built here, so it has no modules to show.`);
  const { nodes } = await checkDocument({ ...document, nodes: unmuted(document.nodes) }, probe, folder);
  const { facts, error } = nodes[id] ?? {};
  const params = definition.params.safeParse(node.params ?? {});
  if (error !== undefined || !params.success)
    throw new NodeError(`${id} cannot be built as it stands.`, error ?? 'Mend what the inspector marks in red.');
  const graph = definition.modules({ params: params.data, inputs: inputSpecs(document, id, nodes), facts });
  if (!graph) throw new NodeError(`The sizes of ${id} hang on what comes in.`, 'Wire its inputs first.');
  return moduleTree(graph);
}

/** A node that does not run has a size all the same. */
function unmuted(nodes: GraphDocument['nodes']): GraphDocument['nodes'] {
  return Object.fromEntries(Object.entries(nodes).map(([id, { mode: _, ...node }]) => [id, node]));
}

/** A subgraph costs what its nodes do, and gives what is wired to its outputs. */
function checkSubgraphs({ outputs }: Flat, nodes: Readonly<Record<string, NodeCheck>>): Record<string, NodeCheck> {
  const checks = [...outputs].map(([id, carried]): [string, NodeCheck] => {
    const inner = Object.entries(nodes).flatMap(([each, node]) => (each.startsWith(`${id}/`) ? node : []));
    const specs = Object.entries(carried).flatMap(([port, source]) => {
      const { node, port: from } = parseOutputRef(source);
      const spec = nodes[node]?.outputs[from];
      return spec ? [[port, spec] as const] : [];
    });
    return [id, { outputs: Object.fromEntries(specs), cost: sum(inner) }];
  });
  return Object.fromEntries(checks);
}

/** Facts of every node that can be read, in subgraphs too; one that cannot is reported and does not keep the others from being checked. */
export async function probeDocument(whole: GraphDocument, probe: Probe, folder?: string): Promise<ProbedFacts> {
  const { document } = flatten(whole);
  const facts: Record<string, Facts> = {};
  const errors: Record<string, string> = {};
  const lost = new Map<string, EngineLost>();
  await Promise.all(
    Object.entries(document.nodes).map(async ([id, node]) => {
      const params = parsedParams(catalog, node);
      if (!params) return;
      try {
        facts[id] = await probe(node.kind, params, folder);
      } catch (error) {
        if (error instanceof EngineLost) lost.set(id, error);
        else errors[id] = sentence(error);
      }
    }),
  );
  const [first] = lost;
  if (!first) return { facts, errors };
  const [id, { message, hint }] = first;
  // One node alone: its file may be what ended the engine.
  if (lost.size === 1) return { facts, errors: { ...errors, [id]: message } };
  return { facts, errors, engine: { message, ...(hint && { hint }) } };
}

/** A probe that asks once for equal parameters. A failure is asked again: the file may be there by then. */
export function cachedProbe(probe: Probe): Probe & { clear(): void } {
  const known = new Map<string, Promise<Facts>>();
  const ask: Probe = (kind, params, folder) => {
    const key = JSON.stringify([kind, params, folder]);
    const cached = known.get(key);
    if (cached) return cached;
    const answer = probe(kind, params, folder);
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    return answer;
  };
  return Object.assign(ask, { clear: () => known.clear() });
}

function parsedParams(kinds: KindCatalog, node: GraphDocument['nodes'][string]) {
  const parsed = kinds.get(node.kind)?.parseParams(node.params ?? {});
  return parsed && 'params' in parsed ? parsed.params : undefined;
}

function inputSpecs(document: GraphDocument, id: string, done: Readonly<Record<string, NodeCheck>>) {
  const inputs: Record<string, ValueSpec[]> = {};
  const node = document.nodes[id];
  for (const { port, source } of node ? wiresInto(node) : []) {
    const spec = done[source.node]?.outputs[source.port];
    if (spec) inputs[port] = [...(inputs[port] ?? []), spec];
  }
  return inputs;
}

function checkNode(
  definition: NodeDefinition,
  params: Record<string, unknown>,
  inputs: Readonly<Record<string, readonly ValueSpec[]>>,
  facts: Facts | undefined,
  unreadable: string | undefined,
): NodeCheck {
  const context = { params, inputs, facts };
  try {
    const outputs = definition.shapes(context);
    return { facts, outputs, cost: definition.cost?.(context), error: unreadable };
  } catch (error) {
    return { facts, outputs: {}, error: unreadable ?? sentence(error) };
  }
}

function sum(nodes: readonly NodeCheck[]): Cost {
  const costs = nodes.flatMap(({ cost }) => cost ?? []);
  const add = (read: (cost: Cost) => number | undefined) => costs.reduce((total, cost) => total + (read(cost) ?? 0), 0);
  return {
    parameters: add((cost) => cost.parameters),
    flops: add((cost) => cost.flops),
    peakBytes: add((cost) => cost.peakBytes),
    kvCacheBytes: add((cost) => cost.kvCacheBytes),
    tokens: {
      prompt: add((cost) => cost.tokens?.prompt),
      visual: visualTokens(costs),
      answer: add((cost) => cost.tokens?.answer),
    },
  };
}

/** Visual tokens are counted where they are made and where an LLM reads them, marks included: the larger count is the graph's. */
function visualTokens(costs: readonly Cost[]): number {
  const total = (counted: readonly Cost[]) => counted.reduce((sum, cost) => sum + (cost.tokens?.visual ?? 0), 0);
  const reads = (cost: Cost) => cost.tokens?.prompt !== undefined;
  return Math.max(total(costs.filter(reads)), total(costs.filter((cost) => !reads(cost))));
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
