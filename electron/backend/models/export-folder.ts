import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { ExportFolder, Json } from '../../../nodes/imports/export.ts';
import type { ImportFacts } from '../../../nodes/imports/facts.ts';
import { readExport } from '../../../nodes/imports/read.ts';
import type { Variant } from '../../../nodes/imports/variants.ts';
import { type ByteSource, leanModel, skimmed } from '../../../nodes/onnx/imported/skim.ts';
import { type ImportedModel, NodeError } from '../../../nodes/run.ts';

/** Folders with the files of exports, in the layout of the Hub: their JSON beside them, the models in `onnx/` or beside it. */

/** What was read of a folder, until a file in it changes. */
const known = new Map<string, { readonly digest: string; readonly facts: ImportFacts }>();

/** `name`: what a person calls it. Rejects with a sentence where the folder cannot be used. */
export async function openExport(
  name: string,
  path: string,
  variant: Variant | 'auto',
  room: number,
): Promise<ImportedModel> {
  const files = await filesIn(path);
  const digest = files.map(({ path: file, bytes, modified }) => `${file}:${bytes}:${modified}`).join();
  const key = JSON.stringify([path, variant]);
  let found = known.get(key);
  if (found?.digest !== digest) {
    found = { digest, facts: readExport(exportFolder(name, path, files, digest, room), variant) };
    known.set(key, found);
  }
  return {
    name,
    facts: found.facts,
    folder: path,
    path: (file) => join(path, file),
    real: (file) => realpathSync(join(path, file)),
    json: (file) => jsonAt(name, path, file),
    text: (file) => textAt(path, file),
    lean: (file) => withFile(name, path, file, (source) => leanModel(source, basename(file))),
  };
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/** Two levels are enough for every layout there is. */
async function filesIn(path: string): Promise<FoundFile[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new NodeError(
      error.code === 'ENOENT' ? `There is no folder ${path}.` : `${path} is no folder that can be read.`,
      'Choose the folder that holds config.json and onnx/ of a model.',
    );
  });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const inner = await Promise.all(
    folders.map(async (folder) => (await readdir(join(path, folder))).map((file) => posix.join(folder, file))),
  );
  const paths = [...entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name), ...inner.flat()].sort();
  const found = paths.map(async (file): Promise<FoundFile[]> => {
    const at = await stat(join(path, file)).catch(() => undefined);
    return at?.isFile() ? [{ path: file, bytes: at.size, modified: at.mtimeMs }] : [];
  });
  return (await Promise.all(found)).flat();
}

function exportFolder(
  name: string,
  path: string,
  files: readonly FoundFile[],
  digest: string,
  room: number,
): ExportFolder {
  return {
    name,
    files,
    digest,
    room,
    json: (file) => jsonAt(name, path, file),
    model(file) {
      const bytes = withFile(name, path, file, skimmed);
      try {
        return fromBinary(ModelProtoSchema, bytes);
      } catch {
        throw notAModel(name, file);
      }
    },
  };
}

function jsonAt(name: string, path: string, file: string): Json | undefined {
  const text = textAt(path, file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NodeError(`${file} of ${name} is no JSON: ${why}.`, 'Download it again.');
  }
}

function textAt(path: string, file: string): string | undefined {
  try {
    return readFileSync(join(path, file), 'utf8');
  } catch {
    return undefined;
  }
}

function withFile<T>(name: string, path: string, file: string, read: (source: ByteSource) => T): T {
  const whole = join(path, file);
  const opened = openSync(whole, 'r');
  try {
    return read({
      size: fstatSync(opened).size,
      read(at, length) {
        const bytes = new Uint8Array(length);
        return bytes.subarray(0, readSync(opened, bytes, 0, length, at));
      },
    });
  } catch (error) {
    throw error instanceof Error && /^it /.test(error.message) ? notAModel(name, file, error.message) : error;
  } finally {
    closeSync(opened);
  }
}

function notAModel(name: string, file: string, why = 'it is damaged'): NodeError {
  return new NodeError(`${file} of ${name} cannot be read as an ONNX model: ${why}.`, 'Download it again.');
}
