import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReference } from '../../../nodes/model-reference.ts';
import { kindsOf, type ModelCard, parseCard } from '../../../nodes/models/card.ts';
import { tinyCard } from '../../../nodes/models/index.ts';
import { readSafetensors, storedWeights } from '../../../nodes/onnx/safetensors.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import { NodeError, type StoredModel } from '../../../nodes/run.ts';
import type { TrainedEntry } from '../contract.ts';
import { shippedModels, shippedTokenizer, trainedModels } from '../paths.ts';

/** Models with trained weights, a folder each: `card.json`, the weights that it names, and maybe a tokenizer. */

const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** A `tiny:` or `trained:` model. Rejects with a sentence where it is not there, or its weights are not whole. */
export async function openStored(reference: string): Promise<StoredModel> {
  const { card, folder } = await findModel(reference);
  const { file, bytes } = card.weights;
  const found = await stat(join(folder, file)).catch(() => undefined);
  if (!found) throw broken(reference, `its weights are not there: ${join(folder, file)}`);
  if (found.size !== bytes)
    throw broken(
      reference,
      `${file} has ${found.size} bytes, but its card says ${bytes}: it is not the file that it was`,
    );
  return {
    card,
    weights: fileWeights(reference, join(folder, file), card.weights.sha256),
    tokenizer: card.tokenizer === 'own' ? join(folder, 'tokenizer.json') : shippedTokenizer(card.tokenizer),
  };
}

/** Changes when the model is trained anew. */
export async function storedDigest(reference: string): Promise<string> {
  return findModel(reference).then(
    ({ card }) => card.weights.sha256,
    () => 'missing',
  );
}

/** Models that this user trained, by name; a folder that holds no model is left out. */
export async function listTrained(): Promise<TrainedEntry[]> {
  const names = (await readdir(trainedModels()).catch(() => [])).filter((name) => NAME.test(name)).sort();
  const entries = names.map(async (name): Promise<TrainedEntry[]> => {
    const reference = `trained:${name}`;
    return findModel(reference).then(
      ({ card }) => [{ reference, title: card.title, kinds: kindsOf(card) }],
      () => [],
    );
  });
  return (await Promise.all(entries)).flat();
}

/** The card and the folder of a `tiny:` or `trained:` model. Rejects with a sentence where there is none. */
export async function findModel(reference: string): Promise<{ readonly card: ModelCard; readonly folder: string }> {
  const { source, name } = parseReference(reference);
  // It names a folder in one place: nothing that climbs out of it.
  if (!NAME.test(name)) throw new NodeError(`"${reference}" is not the name of a model.`);
  if (source === 'trained') {
    const folder = join(trainedModels(), name);
    return { card: await readCard(reference, folder), folder };
  }
  const card = tinyCard(name);
  if (!card) throw new NodeError(`There is no model "${reference}".`, 'Choose one of those that ship.');
  return { card, folder: join(shippedModels(), name) };
}

async function readCard(reference: string, folder: string): Promise<ModelCard> {
  const text = await readFile(join(folder, 'card.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new NodeError(`There is no model "${reference}": ${folder} holds no card.json.`, 'Train it, or choose another.')
      : broken(reference, `its card cannot be read: ${error.message}`);
  });
  try {
    return parseCard(JSON.parse(text));
  } catch (error) {
    throw broken(reference, `its card.json is wrong: ${messageOf(error)}`);
  }
}

/**
 * Weights that are read when a session is loaded and not kept after: what a `WeakRef` gave stays at least until the
 * current job ends, and a session's weights are filled in one job.
 */
function fileWeights(reference: string, path: string, sha256: string): WeightSource {
  let kept: WeakRef<WeightSource> | undefined;
  const opened = () => {
    const source = kept?.deref() ?? readWeights(path, sha256);
    kept = new WeakRef(source);
    return source;
  };
  return {
    digest: sha256,
    fill(spec, into) {
      try {
        opened().fill(spec, into);
      } catch (error) {
        throw broken(reference, messageOf(error));
      }
    },
  };
}

function readWeights(path: string, sha256: string): WeightSource {
  const file = readFileSync(path);
  if (createHash('sha256').update(file).digest('hex') !== sha256)
    throw new Error('its weights are not those that its card was written for: their sha256 differs');
  return storedWeights(readSafetensors(file), sha256);
}

function broken(reference: string, why: string): NodeError {
  const again = reference.startsWith('tiny:') ? 'Install Patchbay again.' : 'Train it again, or choose another.';
  return new NodeError(`"${reference}" cannot be used: ${why}.`, again);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
