import { z } from 'zod';

/**
 * The graph document: what a `.json` file of Patchbay means. Its JSON Schema is graph.schema.json.
 * Every object is loose: fields that this version does not know survive a round trip.
 */

export const SCHEMA_VERSION = 1;

/** Node ids: letters, digits, `_` and `-`, so that `node.port` splits at its first dot. */
export const nodeIdSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'expected letters, digits, "_" or "-", starting with a letter');

/** A wire, stored once, at its input: `"<node>.<port>"` of the output that feeds it. */
export const wireSourceSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*\.\S+$/, 'expected "<node>.<port>"');

/** How a node takes part in a run where it does not run itself. */
export const nodeModeSchema = z.enum(['bypass', 'mute']);
export type NodeMode = z.infer<typeof nodeModeSchema>;

export const nodeSchema = z.looseObject({
  kind: z.string().min(1),
  /** A name shown instead of the kind's title. */
  title: z.string().optional(),
  /** `bypass`: passes an input on as the output of its type. `mute`: neither it runs nor what depends on it. */
  mode: nodeModeSchema.optional(),
  /** Parameters by name; those equal to their default are left out. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** Wires by input port; a multi-input port holds a list, in order. */
  inputs: z
    .record(
      z.string(),
      z.union([wireSourceSchema, z.array(wireSourceSchema)], 'expected "<node>.<port>" or a list of them'),
    )
    .optional(),
});

const pairSchema = z.tuple([z.number(), z.number()]);

export const noteSchema = z.looseObject({
  text: z.string(),
  at: pairSchema,
  size: pairSchema.optional(),
  /** A colour's name, that each theme has its own shade of. */
  colour: z.string().optional(),
});

/** A named frame: what stands in it moves with it. */
export const groupSchema = z.looseObject({
  title: z.string(),
  at: pairSchema,
  size: pairSchema,
  colour: z.string().optional(),
});

/** What a graph and a subgraph have in common: nodes and how they are drawn. */
const drawingFields = {
  title: z.string(),
  /** One or two sentences: what the graph shows. */
  description: z.string().optional(),
  nodes: z.record(nodeIdSchema, nodeSchema),
  /** Canvas position of each node, in pixels: `[x, y]`. Never enters a cache key. */
  layout: z.record(z.string(), pairSchema).optional(),
  notes: z.record(z.string(), noteSchema).optional(),
  groups: z.record(z.string(), groupSchema).optional(),
};

/**
 * A graph that nodes of kind `subgraph` stand for. Each of its `subgraph-input` nodes is an input of theirs and each
 * `subgraph-output` an output, of that node's id. See subgraphs.ts.
 */
export const subgraphSchema = z.looseObject(drawingFields);

export const graphSchema = z.looseObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(SCHEMA_VERSION),
  ...drawingFields,
  /** What a published source says this graph should measure; held by a test for every shipped example. */
  expected: z
    .looseObject({ visualTokens: z.number().int().nonnegative().optional(), source: z.string().optional() })
    .optional(),
  /** By the name that nodes refer to them with. */
  subgraphs: z.record(nodeIdSchema, subgraphSchema).optional(),
});

export type GraphDocument = z.infer<typeof graphSchema>;
export type GraphNode = z.infer<typeof nodeSchema>;
export type Subgraph = z.infer<typeof subgraphSchema>;

/** `"encoder.features"` → `{ node: 'encoder', port: 'features' }`. */
export interface OutputRef {
  readonly node: string;
  readonly port: string;
}

export function parseOutputRef(source: string): OutputRef {
  const dot = source.indexOf('.');
  return { node: source.slice(0, dot), port: source.slice(dot + 1) };
}

/** One thing wrong with a document. `path` is a dotted path into it, e.g. `nodes.llm.inputs.visual[0]`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  /** What to do about it, as an instruction. */
  readonly hint?: string;
  /** The node it stands on. */
  readonly node?: string;
  /**
   * `opening`: the document cannot be used at all (from `parse`). `running`: it opens, and the problem can be mended
   * on the canvas, but the node cannot run (from `validate`).
   */
  readonly blocks?: 'opening' | 'running';
}

/** Thrown where a document cannot be used at all. `message` names the first problem with its path. */
export class DocumentError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(first ? `${first.path ? `${first.path}: ` : ''}${first.message}${more}` : 'invalid document');
    this.name = 'DocumentError';
  }
}
