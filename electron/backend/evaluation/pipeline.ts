import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { wiresInto } from '../../../graphs/wires.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { Mode } from '../../../nodes/training/evaluation/items.ts';

/** A graph that answers questions about a picture, and the nodes that hold them. */
export interface Pipeline {
  readonly document: GraphDocument;
  /** Whose answers count. */
  readonly llm: string;
  readonly prompt: string;
  /** Absent where no picture is shown. */
  readonly image?: string;
}

/** Of the longest answer, a description of six shapes, and some more. */
const ANSWER_TOKENS = 64;

/**
 * The pipeline as a mode asks it: greedy, and without the wires that the mode cuts. Throws a sentence where the graph does
 * not say which node takes the picture, takes the question, or answers.
 */
export function pipelineOf(document: GraphDocument, mode: Mode): Pipeline {
  const llm = answering(document);
  const prompt = promptOf(document, llm);
  const nodes = Object.entries(document.nodes).map(([id, node]): [string, GraphNode] => {
    if (node.kind === 'llm') return [id, asked(mode === 'noPicture' || mode === 'text' ? sightless(node) : node)];
    return [id, id === prompt && mode === 'text' ? without(node, ['text']) : node];
  });
  const cut = { ...document, nodes: Object.fromEntries(nodes) };
  return { document: cut, llm, prompt, ...(needsPicture(mode) && { image: imageOf(cut, llm) }) };
}

const needsPicture = (mode: Mode) => mode === 'seeing' || mode === 'blind';

/** The LLMs that no other LLM comes after. */
export function lastLlms(document: GraphDocument): string[] {
  const llms = idsOf(document, 'llm');
  const before = new Set(llms.flatMap((id) => [...upstream(document, id)]));
  return llms.filter((id) => !before.has(id));
}

function answering(document: GraphDocument): string {
  const last = lastLlms(document);
  return onlyOne(
    last,
    'The graph has no LLM, so nothing in it answers questions.',
    `The graph has ${last.length} LLMs that answer (${last.join(', ')}), and an evaluation asks one.`,
  );
}

function promptOf(document: GraphDocument, llm: string): string {
  const wired = wiresInto(document.nodes[llm] as GraphNode).filter(({ port }) => port === 'prompt');
  const prompts = wired.map(({ source }) => source.node).filter((id) => document.nodes[id]?.kind === 'prompt');
  return onlyOne(
    prompts,
    `No prompt node is wired to the LLM "${llm}", so there is nowhere to put the questions.`,
    `${prompts.length} prompt nodes are wired to the LLM "${llm}" (${prompts.join(', ')}), and a question goes into one.`,
  );
}

function imageOf(document: GraphDocument, llm: string): string {
  const before = upstream(document, llm);
  const images = idsOf(document, 'image').filter((id) => before.has(id));
  return onlyOne(
    images,
    `No image node leads to the LLM "${llm}", so it sees no pictures.`,
    `${images.length} image nodes lead to the LLM "${llm}" (${images.join(', ')}), and a question is about one picture.`,
  );
}

/** The one id; throws these sentences where there is none, or there are several. */
export function onlyOne(ids: readonly string[], none: string, several: string): string {
  const [first, ...others] = ids;
  if (first === undefined) throw new NodeError(none, 'Add one, or ask another graph.');
  if (others.length > 0) throw new NodeError(several, 'Leave one of them in a copy of the graph.');
  return first;
}

function idsOf(document: GraphDocument, kind: string): string[] {
  return Object.keys(document.nodes).filter((id) => document.nodes[id]?.kind === kind);
}

/** Nodes that a node hangs on, itself excluded. */
export function upstream(document: GraphDocument, id: string): Set<string> {
  const sourcesOf = (node: string) => wiresInto(document.nodes[node] ?? { kind: '' }).map(({ source }) => source.node);
  const found = new Set(sourcesOf(id));
  for (const node of found) for (const source of sourcesOf(node)) found.add(source);
  return found;
}

/** Always the likeliest token, and room for every answer. */
function asked(node: GraphNode): GraphNode {
  const most = typeof node.params?.maxTokens === 'number' ? node.params.maxTokens : 0;
  return { ...node, params: { ...node.params, temperature: 0, maxTokens: Math.max(most, ANSWER_TOKENS) } };
}

function sightless(llm: GraphNode): GraphNode {
  return without(llm, ['visual', 'adapter']);
}

function without(node: GraphNode, ports: readonly string[]): GraphNode {
  const inputs = Object.entries(node.inputs ?? {}).filter(([port]) => !ports.includes(port));
  return { ...node, inputs: Object.fromEntries(inputs) };
}
