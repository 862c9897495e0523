import type { ComparisonRow, Growth } from '../../../graphs/comparison.ts';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { GraphCheck } from '../contract.ts';
import { checkDocument } from '../estimate.ts';
import { type Pipeline, pipelineOf, upstream } from '../evaluation/pipeline.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { Variant } from './setup.ts';

/** How many images, and how many tiles of one, costs are counted for. */
const COUNTS = [1, 2, 4, 8];

/** Rows with how the cost of each graph grows: counted from the graph that would be built, nothing is run. */
export async function withGrowth<Result extends { readonly rows: readonly ComparisonRow[] }>(
  result: Result,
  variants: readonly Variant[],
  engine: RunningEngine,
): Promise<Result> {
  const rows = await Promise.all(
    result.rows.map(async (row, i) => {
      const growth = variants[i] ? await growthOf(variants[i], engine) : [];
      return growth.length > 0 ? { ...row, growth } : row;
    }),
  );
  return { ...result, rows };
}

/** Empty where a graph is not one that answers about one picture, or takes no more than one. */
export async function growthOf({ document, folder }: Variant, engine: RunningEngine): Promise<Growth[]> {
  const pipeline = readPipeline(document);
  if (!pipeline) return [];
  const ways = [
    ['images', withImages(document, pipeline)],
    ['tiles', withTiles(document, pipeline)],
  ] as const;
  const all: Growth[] = [];
  for (const [of, grown] of ways) {
    for (const count of grown ? COUNTS : []) {
      const check = await checkDocument(
        grown?.(count) ?? document,
        (kind, params) => engine.probe(kind, params, folder),
        folder,
      );
      // One that does not fit, such as tiles that the encoder does not take, has no cost to tell of.
      if (!check.nodes[pipeline.llm]?.cost || Object.values(check.nodes).some(({ error }) => error !== undefined))
        continue;
      all.push({
        of,
        count,
        visualTokens: check.total.tokens?.visual ?? 0,
        flops: check.total.flops ?? 0,
        kvCacheBytes: kvCacheBytes(check, document, pipeline.llm),
      });
    }
  }
  return all;
}

/** Of the LLM that answers, and of what its gated layers attend to. */
function kvCacheBytes({ nodes }: GraphCheck, document: GraphDocument, llm: string): number {
  const held = Object.entries(nodes).filter(([id]) => id === llm || document.nodes[id]?.kind !== 'llm');
  return held.reduce((sum, [, { cost }]) => sum + (cost?.kvCacheBytes ?? 0), 0);
}

function readPipeline(document: GraphDocument): Pipeline | undefined {
  try {
    return pipelineOf(document, 'seeing');
  } catch (error) {
    if (error instanceof NodeError) return undefined;
    throw error;
  }
}

/** Where pictures come together: an LLM reads one after another, gated layers attend to all. */
const MEETING: Readonly<Record<string, string>> = { llm: 'visual', 'cross-attention-adapter': 'features' };

/** The way from picture to where pictures come together so many times over; undefined where they do not. */
function withImages(document: GraphDocument, { llm, image }: Pipeline) {
  if (image === undefined) return undefined;
  const before = upstream(document, llm);
  const isSeeing = (id: string) => id === image || upstream(document, id).has(image);
  const meetings = Object.entries(document.nodes).flatMap(([id, node]) => {
    const port = MEETING[node.kind];
    if (port === undefined || !(id === llm || (node.kind !== 'llm' && before.has(id)))) return [];
    const wired = node.inputs?.[port] ?? [];
    const wires = typeof wired === 'string' ? [wired] : wired;
    const seen = wires.filter((wire) => isSeeing(nodeOf(wire)));
    return seen.length > 0 ? [{ id, port, wires, seen }] : [];
  });
  if (meetings.length === 0) return undefined;
  const ends = meetings.flatMap(({ seen }) => seen.map(nodeOf));
  const copied = new Set(ends.flatMap((id) => [id, ...upstream(document, id)]).filter(isSeeing));
  const renamed = (wire: string, copy: number) => {
    const id = nodeOf(wire);
    return copied.has(id) ? `${id} ${copy}${wire.slice(id.length)}` : wire;
  };
  return (count: number): GraphDocument => {
    const nodes: Record<string, GraphNode> = { ...document.nodes };
    const copies = Array.from({ length: count - 1 }, (_, at) => at + 2);
    for (const copy of copies)
      for (const id of copied)
        nodes[`${id} ${copy}`] = rewired(document.nodes[id] as GraphNode, (wire) => renamed(wire, copy));
    for (const { id, port, wires, seen } of meetings) {
      const more = copies.flatMap((copy) => seen.map((wire) => renamed(wire, copy)));
      const node = document.nodes[id] as GraphNode;
      nodes[id] = { ...node, inputs: { ...node.inputs, [port]: [...wires, ...more] } };
    }
    return { ...document, nodes };
  };
}

const nodeOf = (wire: string) => wire.slice(0, wire.indexOf('.'));

function rewired(node: GraphNode, renamed: (wire: string) => string): GraphNode {
  const inputs = Object.entries(node.inputs ?? {}).map(([port, wired]) => [
    port,
    typeof wired === 'string' ? renamed(wired) : wired.map(renamed),
  ]);
  return { ...node, inputs: Object.fromEntries(inputs) };
}

/** The tiler before the LLM set to so many tiles, a thumbnail not counted; undefined where there is none. */
function withTiles(document: GraphDocument, { llm }: Pipeline) {
  const before = upstream(document, llm);
  const tilers = Object.entries(document.nodes).filter(([id, { kind }]) => kind === 'tiler' && before.has(id));
  if (tilers.length === 0) return undefined;
  return (count: number): GraphDocument => ({
    ...document,
    nodes: {
      ...document.nodes,
      ...Object.fromEntries(
        tilers.map(([id, node]) => [
          id,
          { ...node, params: { ...node.params, grids: `1x${count}`, minTiles: count, maxTiles: count } },
        ]),
      ),
    },
  });
}
