import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type TensorProto, TensorProto_DataLocation } from 'onnx-buf';
import { cacheSizeOf } from '../../../nodes/imports/cache-size.ts';
import { NodeError } from '../../../nodes/run.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { filesIn, keptListing } from './hub/cache.ts';
import { type VariantFiles, variantsOf } from './hub/choice.ts';
import { isWhole } from './hub/download.ts';
import { configIn } from './hub/snapshot.ts';
import { withoutWeights } from './onnx-file.ts';

/** What a folder with an export holds, and what is wrong with it. */
export interface FolderCheck {
  readonly folder: string;
  readonly variants: readonly VariantFiles[];
  /** A sentence each. */
  readonly problems: readonly string[];
  /** Files that were held to the hashes that the Hub listed. */
  readonly hashed: number;
}

/**
 * Looks through a folder in the Hub's layout: settings that can be read, networks with all of their external data within the
 * folder, and, where it was downloaded, the hashes. Rejects where there is no such folder.
 */
export async function checkFolder(folder: string, signal: AbortSignal): Promise<FolderCheck> {
  const found = await stat(folder).catch((error: unknown) => {
    throw fileTrouble(error, folder, 'opened');
  });
  if (!found.isDirectory())
    throw new NodeError(`"${folder}" is a file.`, 'Name the folder that holds config.json and onnx/.');
  const files = await filesIn(folder);
  const variants = variantsOf(files, cacheSizeOf(await configIn(folder)));
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const problems = [
    ...(variants.length === 0 ? ['There is no .onnx file in it, nor in its folder onnx/.'] : []),
    ...(sizes.has('config.json') ? [] : ['config.json is missing.']),
    ...(sizes.has('tokenizer_config.json') && !sizes.has('tokenizer.json') ? ['tokenizer.json is missing.'] : []),
  ];
  for (const path of sizes.keys()) {
    signal.throwIfAborted();
    if (/^[^/]+\.json$/.test(path)) problems.push(...(await jsonProblems(folder, path)));
    if (path.endsWith('.onnx')) problems.push(...networkProblems(folder, path, sizes));
  }
  const hashed = await hashProblems(folder, sizes, signal);
  return { folder, variants, problems: [...problems, ...hashed.problems], hashed: hashed.count };
}

async function jsonProblems(folder: string, path: string): Promise<string[]> {
  try {
    JSON.parse(await readFile(join(folder, path), 'utf8'));
    return [];
  } catch {
    return [`${path} is no JSON: it may have come in part only.`];
  }
}

/** What an .onnx file says of its external data, held against the files that are there. */
function networkProblems(folder: string, path: string, sizes: ReadonlyMap<string, number>): string[] {
  const needed = new Map<string, number>();
  try {
    const { graph } = fromBinary(ModelProtoSchema, withoutWeights(join(folder, ...path.split('/'))));
    for (const { location, end } of graph ? externalOf(graph) : [])
      needed.set(location, Math.max(end, needed.get(location) ?? 0));
  } catch (error) {
    return [error instanceof NodeError ? error.message : `${path} cannot be read as an ONNX model.`];
  }
  return [...needed].flatMap(([location, end]) => {
    const place = normalize(`${dirname(path)}/${location}`).replaceAll('\\', '/');
    if (isAbsolute(location) || place.startsWith('..'))
      return [`${basename(path)} names weights outside of its folder, "${location}": such a file is not used.`];
    const size = sizes.get(place);
    if (size === undefined) return [`${place} is missing: ${basename(path)} keeps weights in it.`];
    return size < end ? [`${place} is too short: it has ${size} bytes of ${end}.`] : [];
  });
}

/** Where tensors of a graph, and of graphs in it, lie in other files. */
function externalOf(graph: GraphProto): { readonly location: string; readonly end: number }[] {
  const attributes = graph.node.flatMap(({ attribute }) => attribute);
  const inner = attributes.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...graphs]);
  const tensors = [...graph.initializer, ...attributes.flatMap(({ t, tensors: more }) => [...(t ? [t] : []), ...more])];
  return [...tensors.flatMap(placeOf), ...inner.flatMap(externalOf)];
}

function placeOf({ dataLocation, externalData }: TensorProto): { readonly location: string; readonly end: number }[] {
  if (dataLocation !== TensorProto_DataLocation.EXTERNAL) return [];
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const end = Number(entries.get('offset') ?? 0) + Number(entries.get('length') ?? 0);
  return [{ location: entries.get('location') ?? '', end }];
}

/** Of a snapshot in the cache of the Hub: its files against what the Hub listed. */
async function hashProblems(folder: string, sizes: ReadonlyMap<string, number>, signal: AbortSignal) {
  const listing = await keptListing(dirname(dirname(folder)), basename(folder));
  const here = (listing?.files ?? []).filter(({ path }) => sizes.has(path));
  const problems: string[] = [];
  for (const file of here)
    if (!(await isWhole(file, join(folder, ...file.path.split('/')), signal)))
      problems.push(`${file.path} is not the file that the Hub listed: its size or its hash differs.`);
  return { problems, count: here.length };
}
