import type { GraphDocument } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { runningPart } from '../../../graphs/modes.ts';
import { flatDocument } from '../../../graphs/subgraphs.ts';
import { didYouMean } from '../../../graphs/suggest.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';
import { STRATEGY_NAMES } from '../../../nodes/search-loop/kinds.ts';
import { problemsOf } from './data.ts';
import type { ReasoningChoices, ReasoningRequest } from './schema.ts';
import type { Setup, Verifier } from './setup.ts';
import { strategiesFor, type Target, targetOf } from './target.ts';

export interface NamedGraph {
  readonly name: string;
  readonly document: GraphDocument;
  readonly folder?: string;
}

/** Throws a sentence where the graph cannot be read. */
export function graphIn({ name, text, folder }: ReasoningRequest): NamedGraph {
  return { name, document: flatDocument(parse(text)), ...(folder !== undefined && { folder }) };
}

/** Rejects with a sentence where these choices make no measurement. */
export async function setupOf({ name, document, folder }: NamedGraph, choices: ReasoningChoices): Promise<Setup> {
  const { data: asked, split, n, seed, budgets } = choices;
  const data = await problemsOf(asked, split, n, seed);
  const part = runningPart(document, catalog);
  const target = targetOf(part, data.pictures);
  return {
    graph: name,
    document: part,
    ...(folder !== undefined && { folder }),
    target,
    strategies: strategiesIn(part, target, choices.strategies),
    verifiers: verifiersIn(part, target, choices.verifiers),
    budgets: [...new Set(budgets)].sort((a, b) => a - b),
    data,
    seed,
  };
}

function strategiesIn(document: GraphDocument, { loop }: Target, wanted: readonly string[]): readonly string[] {
  const able: readonly string[] = strategiesFor(document, loop);
  const unknown = wanted.find((name) => !(STRATEGY_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new NodeError(
      `There is no strategy "${unknown}"${didYouMean(unknown, STRATEGY_NAMES)}.`,
      `There are: ${STRATEGY_NAMES.join(', ')}.`,
    );
  const unable = wanted.filter((name) => !able.includes(name));
  if (unable.length > 0)
    throw new NodeError(
      `Strategies that this graph cannot run: ${unable.join(', ')}.`,
      'Wire to the search loop what they need, a verifier or a weaker model, or leave them out.',
    );
  return wanted.length > 0 ? able.filter((name) => wanted.includes(name)) : able;
}

/** Those wanted, else the one that is wired to the loop. */
function verifiersIn(document: GraphDocument, { verifier }: Target, wanted: readonly string[]): readonly Verifier[] {
  const node = verifier === undefined ? undefined : document.nodes[verifier];
  if (wanted.length > 0) {
    if (node?.kind !== 'verifier')
      throw new NodeError('No verifier node is wired to the search loop, so there is none to change.', 'Wire one in.');
    return [...new Set(wanted)].map((model) => ({ name: model, params: { source: 'model', model } }));
  }
  if (verifier === undefined || !node) return [];
  const parsed = catalog.get(node.kind)?.parseParams(node.params ?? {});
  const params: Readonly<Record<string, unknown>> = parsed && 'params' in parsed ? parsed.params : {};
  const name = params.source === undefined || params.source === 'model' ? params.model : params.source;
  return [{ name: typeof name === 'string' && name !== '' ? name : verifier, params: {} }];
}
