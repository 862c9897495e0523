import { z } from 'zod';
import { DocumentError } from '../document.ts';
import { describeIssue, dottedPath } from '../issues.ts';
import type { Json } from '../json.ts';
import type { JsonObject } from './index.ts';

/**
 * Version 0: nodes as a list with their position, wires in a list of their own, ports by number.
 * Version 1: nodes by id, a wire at its input, ports by name, layout apart.
 */
const version0 = z.looseObject({
  nodes: z.array(
    z.looseObject({ id: z.string(), kind: z.string(), x: z.number().optional(), y: z.number().optional() }),
  ),
  edges: z.array(
    z.looseObject({ from: z.tuple([z.string(), z.int().min(0)]), to: z.tuple([z.string(), z.int().min(0)]) }),
  ),
});

/** Ports in the order that version 0 counted them, as they were then: `[inputs, outputs]`. */
const PORTS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  image: [[], ['image']],
  prompt: [['text'], ['text']],
  tiler: [['image'], ['image']],
  'vision-encoder': [['image'], ['features']],
  projector: [['features'], ['embeddings']],
  'q-former': [['features'], ['embeddings']],
  llm: [
    ['prompt', 'visual', 'adapter'],
    ['answer', 'generator'],
  ],
  view: [['value'], []],
};

export function fromVersion0(document: JsonObject): JsonObject {
  const checked = version0.safeParse(document);
  if (!checked.success)
    throw new DocumentError(
      checked.error.issues.map((issue) => ({
        path: dottedPath(issue.path),
        message: describeIssue(issue, document),
        blocks: 'opening',
      })),
    );
  const { nodes, edges } = checked.data;
  const kinds = new Map(nodes.map((node) => [node.id, node.kind]));
  const portName = (node: string, side: 0 | 1, index: number) =>
    portsOf(kinds.get(node) ?? '')[side][index] ?? `${side === 0 ? 'input' : 'output'}-${index}`;

  const inputs = new Map<string, Record<string, string | string[]>>();
  for (const { from, to } of edges) {
    const source = `${from[0]}.${portName(from[0], 1, from[1])}`;
    const port = portName(to[0], 0, to[1]);
    const wires = inputs.get(to[0]) ?? {};
    const before = wires[port];
    wires[port] = before === undefined ? source : [before, source].flat();
    inputs.set(to[0], wires);
  }

  const { edges: _edges, ...rest } = document;
  return {
    ...rest,
    schemaVersion: 1,
    nodes: Object.fromEntries(
      nodes.map(({ id, x: _x, y: _y, ...node }) => {
        const wires = inputs.get(id);
        return [id, (wires ? { ...node, inputs: wires } : node) as Json];
      }),
    ),
    layout: Object.fromEntries(
      nodes.flatMap(({ id, x, y }) => (x === undefined || y === undefined ? [] : [[id, [x, y]]])),
    ),
  };
}

function portsOf(kind: string): readonly [readonly string[], readonly string[]] {
  return (Object.hasOwn(PORTS, kind) ? PORTS[kind] : undefined) ?? [[], []];
}
