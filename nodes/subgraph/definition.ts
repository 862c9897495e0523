import { z } from 'zod';
import { INNER_PORT, SUBGRAPH, SUBGRAPH_INPUT, SUBGRAPH_OUTPUT } from '../../graphs/subgraphs.ts';
import { defineNode, type NodeDefinition } from '../definition.ts';

/**
 * What subgraphs are drawn with. None of these kinds runs: they are gone from the flat graph that does. Ports hang on the
 * graph around a node, see renderer/store/ports.ts; what stands here holds where nothing is known of that.
 */
const nothing = { version: 1, category: 'Subgraph', sources: [], shapes: () => ({}) } as const;

export const subgraph = defineNode({
  ...nothing,
  kind: SUBGRAPH,
  title: 'Subgraph',
  doc: 'A graph of its own in one node, with the inputs and outputs that stand in it. Its nodes run as if they were drawn here; their latency and tokens sum. Every node of the same subgraph changes with it.',
  params: z.object({ graph: z.string().default('').meta({ title: 'Subgraph', description: 'Its name in the file' }) }),
  ports: () => ({ inputs: {}, outputs: {} }),
});

export const subgraphInput = defineNode({
  ...nothing,
  kind: SUBGRAPH_INPUT,
  title: 'Input',
  doc: 'An input of this subgraph, of the type that is wanted where it is wired to.',
  params: z.object({}),
  ports: () => ({ inputs: {}, outputs: { [INNER_PORT]: { type: 'any', doc: 'What is wired in from outside.' } } }),
});

export const subgraphOutput = defineNode({
  ...nothing,
  kind: SUBGRAPH_OUTPUT,
  title: 'Output',
  doc: 'An output of this subgraph: it gives what is wired in.',
  params: z.object({}),
  ports: () => ({ inputs: { [INNER_PORT]: { type: 'any', doc: 'What this output gives.' } }, outputs: {} }),
});

export const structure: readonly NodeDefinition[] = [subgraph, subgraphInput, subgraphOutput];
