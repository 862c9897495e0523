import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { isEndpoint } from '../../../nodes/endpoint/reference.ts';
import { skimmed } from '../../../nodes/onnx/imported/skim.ts';
import { importedTree, type OpenSizes } from '../../../nodes/onnx/imported/tree.ts';
import type { ModuleTree } from '../../../nodes/onnx/modules.ts';
import { NodeError } from '../../../nodes/run.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { resolveSource } from '../paths.ts';

/**
 * The modules of an .onnx file, counted with the sizes of what it leaves open; its weights, within it or in files beside it,
 * are not read. Throws a sentence for the user.
 */
export function readModuleTree(file: string, folder?: string, sizes?: OpenSizes): ModuleTree {
  if (file.trim() === '') throw new NodeError('No .onnx file is chosen.', 'Choose one in the inspector.');
  if (isEndpoint(file))
    throw new NodeError(
      `${file} runs at a server, which tells its ports alone.`,
      'Its file can be opened here instead.',
    );
  const path = resolveSource(file, folder);
  const bytes = withoutWeights(path);
  try {
    return importedTree(bytes, sizes);
  } catch (error) {
    throw notAModel(path, error);
  }
}

/** Throws a sentence for the user where the file is not there, or no ONNX model. */
export function withoutWeights(path: string): Uint8Array<ArrayBuffer> {
  const opened = troubled(path, () => openSync(path, 'r'));
  try {
    const { size } = troubled(path, () => fstatSync(opened));
    return skimmed({
      size,
      read(at, length) {
        const bytes = new Uint8Array(length);
        const read = troubled(path, () => readSync(opened, bytes, 0, length, at));
        return bytes.subarray(0, read);
      },
    });
  } catch (error) {
    throw error instanceof NodeError ? error : notAModel(path, error);
  } finally {
    closeSync(opened);
  }
}

function troubled<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileTrouble(error, path, 'opened');
  }
}

function notAModel(path: string, error: unknown): NodeError {
  const why = error instanceof Error && /^it /.test(error.message) ? error.message : 'it is damaged';
  return new NodeError(
    `"${basename(path)}" cannot be read as an ONNX model: ${why}.`,
    'Export it again, or choose another file.',
  );
}
