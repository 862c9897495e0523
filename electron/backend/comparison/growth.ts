import type { ComparisonRow, Growth } from '../../../graphs/comparison.ts';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { NodeError } from '../../../nodes/run.ts';
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
      const { cost } = check.nodes[pipeline.llm] ?? {};
      // One that does not fit, such as tiles that the encoder does not take, has no cost to tell of.
      if (!cost || Object.values(check.nodes).some(({ error }) => error !== undefined)) continue;
      all.push({
        of,
        count,
        visualTokens: check.total.tokens?.visual ?? 0,
        flops: check.total.flops ?? 0,
        kvCacheBytes: cost.kvCacheBytes ?? 0,
      });
    }
  }
  return all;
}

function readPipeline(document: GraphDocument): Pipeline | undefined {
  try {
    return pipelineOf(document, 'seeing');
  } catch (error) {
    if (error instanceof NodeError) return undefined;
    throw error;
  }
}

/** The way from picture to LLM so many times over; undefined where the LLM takes one picture only. */
function withImages(document: GraphDocument, { llm, image }: Pipeline) {
  if (image === undefined) return undefined;
  const seeing = [...upstream(document, llm)].filter((id) => id === image || upstream(document, id).has(image));
  const visual = document.nodes[llm]?.inputs?.visual;
  const wires = typeof visual === 'string' ? [visual] : (visual ?? []);
  const seen = wires.filter((wire) => seeing.includes(wire.slice(0, wire.indexOf('.'))));
  if (seen.length === 0) return undefined;
  return (count: number): GraphDocument => {
    const nodes: Record<string, GraphNode> = { ...document.nodes };
    const more: string[] = [];
    for (let copy = 2; copy <= count; copy++) {
      const renamed = (wire: string) => {
        const dot = wire.indexOf('.');
        const id = wire.slice(0, dot);
        return seeing.includes(id) ? `${id} ${copy}${wire.slice(dot)}` : wire;
      };
      for (const id of seeing) nodes[`${id} ${copy}`] = rewired(document.nodes[id] as GraphNode, renamed);
      more.push(...seen.map(renamed));
    }
    const before = document.nodes[llm] as GraphNode;
    nodes[llm] = { ...before, inputs: { ...before.inputs, visual: [...wires, ...more] } };
    return { ...document, nodes };
  };
}

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
