import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { wiresInto } from '../../../graphs/wires.ts';
import { STRATEGY_NAMES, type StrategyName, whatIsMissing } from '../../../nodes/search-loop/kinds.ts';
import { definition as verifierNode } from '../../../nodes/verifier/definition.ts';
import { judgedBy } from '../../../nodes/verifier/judges.ts';
import { onlyOne, upstream } from '../evaluation/pipeline.ts';

/** The nodes of a graph that solves problems. */
export interface Target {
  /** The search loop whose answers count. */
  readonly loop: string;
  readonly prompt: string;
  /** Absent where no picture is shown. */
  readonly image?: string;
  /** What is wired to the loop's verifier port. */
  readonly verifier?: string;
}

/** Throws a sentence where the graph does not say which node takes the problem, takes its picture, or searches. */
export function targetOf(document: GraphDocument, pictures: boolean): Target {
  const ids = (kind: string) => Object.keys(document.nodes).filter((id) => document.nodes[id]?.kind === kind);
  const loop = onlyOne(
    ids('search-loop'),
    'The graph has no search loop, so nothing in it spends compute on a problem.',
    `The graph has several search loops (${ids('search-loop').join(', ')}), and one is measured.`,
  );
  const prompts = wiredInto(document, loop, 'prompt').filter((id) => document.nodes[id]?.kind === 'prompt');
  const prompt = onlyOne(
    prompts,
    `No prompt node is wired to the search loop "${loop}", so there is nowhere to put the problems.`,
    `${prompts.length} prompt nodes are wired to the search loop "${loop}", and a problem goes into one.`,
  );
  const [verifier] = wiredInto(document, loop, 'verifier');
  return {
    loop,
    prompt,
    ...(pictures && { image: imageOf(document, loop) }),
    ...(verifier !== undefined && { verifier }),
  };
}

/** The strategies that can run with what is wired to the loop. */
export function strategiesFor(document: GraphDocument, loop: string): StrategyName[] {
  const [verifier] = wiredInto(document, loop, 'verifier');
  const judges = verifier === undefined ? undefined : judgesOf(document.nodes[verifier] as GraphNode);
  const amateur = wiredInto(document, loop, 'amateur').length > 0;
  return STRATEGY_NAMES.filter((name) => !whatIsMissing(name, judges, amateur));
}

function judgesOf({ kind, params }: GraphNode): ReturnType<typeof judgedBy> {
  const parsed = verifierNode.params.safeParse(params ?? {});
  return kind === verifierNode.kind && parsed.success ? judgedBy(parsed.data) : 'wired';
}

function imageOf(document: GraphDocument, loop: string): string {
  const images = [...upstream(document, loop)].filter((id) => document.nodes[id]?.kind === 'image');
  return onlyOne(
    images,
    `No image node leads to the search loop "${loop}", so it sees no pictures.`,
    `${images.length} image nodes lead to the search loop "${loop}" (${images.join(', ')}), and a question is about one picture.`,
  );
}

function wiredInto(document: GraphDocument, id: string, port: string): string[] {
  return wiresInto(document.nodes[id] as GraphNode)
    .filter((wire) => wire.port === port)
    .map(({ source }) => source.node);
}
