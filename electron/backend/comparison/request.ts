import { readFile } from 'node:fs/promises';
import { canonical } from '../../../graphs/canonical.ts';
import { DocumentError, type GraphDocument } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { runningPart } from '../../../graphs/modes.ts';
import { flatDocument } from '../../../graphs/subgraphs.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';
import { settingText, valueAt, withSettings } from '../documents/settings.ts';
import { pipelineOf } from '../evaluation/pipeline.ts';
import { type DataSet, drawnData } from './data.ts';
import { ownData } from './own-data.ts';
import type { ComparisonChoices, ComparisonRequest } from './schema.ts';
import { isAsked, type Setup, type Variant } from './setup.ts';
import { combinations } from './sweep.ts';

export interface NamedGraph {
  readonly name: string;
  readonly document: GraphDocument;
  readonly folder?: string;
}

/** Throws a sentence where a graph cannot be read. */
export function graphsIn({ graphs }: ComparisonRequest): NamedGraph[] {
  return graphs.map(({ name, text, folder }) => ({
    name,
    document: naming(name, () => flatDocument(parse(text))),
    ...(folder !== undefined && { folder }),
  }));
}

/** Rejects with a sentence where these choices make no comparison. */
export async function setupOf(graphs: readonly NamedGraph[], choices: ComparisonChoices): Promise<Setup> {
  const { data, blind, repeat, seed } = choices;
  const variants = variantsOf(graphs, choices);
  if (variants.length < 2) throw new NodeError('Name two graphs at least, or values of a parameter to sweep.');
  const setup = { variants, blind, repeat, seed, ...(data && { data: await dataSet(data, seed) }) };
  for (const variant of variants) if (isAsked(variant, setup)) requireAskable(variant);
  return setup;
}

/** A swept parameter that asking sets would give rows that differ in name alone. */
function requireAskable({ graph, document, settings = {} }: Variant): void {
  const pipeline = naming(graph, () => pipelineOf(document, 'seeing'));
  const shown = [`${pipeline.prompt}.text`, `${pipeline.image}.source`];
  const same = (place: string) => canonical(valueAt(document, place)) === canonical(valueAt(pipeline.document, place));
  const set = Object.keys(settings).find((place) => shown.includes(place) || !same(place));
  if (set !== undefined)
    throw new NodeError(
      `${graph}: ${set} cannot be swept where questions are asked: asking sets it.`,
      'Without a data set graphs run as they were drawn.',
    );
}

/** Says of which graph an error speaks. */
function naming<T>(graph: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DocumentError || error instanceof NodeError)
      throw new NodeError(`${graph}: ${error.message}`, error instanceof NodeError ? error.hint : undefined);
    throw error;
  }
}

async function dataSet(data: NonNullable<ComparisonChoices['data']>, seed: number): Promise<DataSet> {
  if ('path' in data) return ownData(data.path, data.n, seed);
  // What draws scenes is not loaded with every start.
  const { loadWorld } = await import('../../../nodes/training/data/worlds.ts');
  const world = await loadWorld(data.world, (path) => readFile(path, 'utf8'));
  return drawnData({ world, split: data.split, n: data.n, seed });
}

/** Each graph with each combination of swept values. */
function variantsOf(graphs: readonly NamedGraph[], { sweeps, combine }: ComparisonChoices): Variant[] {
  const names = distinct(graphs.map(({ name }) => name));
  const chosen = combinations(sweeps, combine);
  return graphs.flatMap(({ document, folder }, i) =>
    chosen.map((settings): Variant => {
      const changed = withSettings(document, settings);
      const graph = [names[i], ...settings.map(settingText)].join(' ');
      requireFitting(
        graph,
        changed,
        settings.map(({ place }) => place),
      );
      const values = Object.fromEntries(settings.map(({ place }) => [place, valueAt(changed, place)]));
      return {
        graph,
        document: partOf(graph, changed, values),
        ...(folder !== undefined && { folder }),
        ...(settings.length > 0 && { settings: values }),
      };
    }),
  );
}

/** What runs of a graph; the swept parameters must be in it. */
function partOf(graph: string, document: GraphDocument, values: Readonly<Record<string, unknown>>): GraphDocument {
  const part = naming(graph, () => runningPart(document, catalog));
  for (const place of Object.keys(values)) {
    const [id = ''] = place.split('.');
    if (!Object.hasOwn(part.nodes, id))
      throw new NodeError(`${place} cannot be swept: ${id} does not run.`, 'Unmute it, or sweep another node.');
  }
  return part;
}

/** A swept value that its parameter does not take is said at once, not after the first graphs have run. */
function requireFitting(graph: string, { nodes }: GraphDocument, places: readonly string[]): void {
  for (const place of places) {
    const [id = ''] = place.split('.');
    const parsed = catalog.get(nodes[id]?.kind ?? '')?.parseParams(nodes[id]?.params ?? {});
    const problem =
      parsed && 'problems' in parsed ? parsed.problems.find(({ name }) => place === `${id}.${name}`) : undefined;
    if (problem) throw new NodeError(`${graph}: ${problem.message}`);
  }
}

/** Those that come again carry a number. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
