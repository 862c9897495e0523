import { basename } from 'node:path';
import type { OnnxModel } from '../../../nodes/onnx/model.ts';
import { bytesOf, type WeightSource } from '../../../nodes/onnx/weights.ts';
import { NodeError, type SessionRequest } from '../../../nodes/run.ts';

/** What a session is made from: bytes or a path, and the tensors that stand beside it. */
export interface ModelSource {
  readonly model: Uint8Array | string;
  /** Of the weights. */
  readonly bytes: number;
  /** Where external data of a model in memory lies. */
  readonly folder?: string;
  /** Of the CPU; the runtime's choice, if absent. */
  readonly threads?: number;
  /** Makes the weights, where the model does not find them itself. */
  weights?(): Weights;
  /** The error for the user when ONNX Runtime refuses it. */
  explain(reason: string): NodeError;
}

export interface Weights {
  readonly files: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Gives the memory back: ONNX Runtime holds a copy once the session is made. */
  release(): void;
}

/** Builds the model in memory, for a provider: nothing is written to disk. */
export function sourceOfRequest({ key, build, weights, threads }: SessionRequest, provider: string): ModelSource {
  const model = build(provider);
  const bytes = model.files.reduce((sum, file) => sum + file.bytes, model.beside?.bytes ?? 0);
  return {
    model: model.bytes,
    bytes,
    threads: threads?.(bytes),
    ...(model.beside && { folder: model.beside.folder }),
    weights: () => fillWeights(model, weights),
    explain: (reason) =>
      model.beside
        ? explainExport(model.beside.name, reason)
        : new NodeError(`ONNX Runtime could not load the model ${key}: ${reason}`, memoryHint(reason)),
  };
}

/**
 * In plain buffers, which glibc backs with huge pages (see MALLOC_ENV): filling gigabytes in pages of 4 KiB takes longer
 * than making the weights. Once released, the collector takes them under the next allocation's pressure.
 */
function fillWeights(model: OnnxModel, weights: WeightSource): Weights {
  const files = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) weights.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    return { path, data };
  });
  return {
    files,
    release() {
      files.length = 0;
    },
  };
}

/** An `.onnx` file; weights beside it are found by ONNX Runtime itself. `bytes`: of both. */
export function sourceOfFile(path: string, bytes: number): ModelSource {
  return {
    model: path,
    bytes,
    explain: (reason) =>
      known(basename(path), reason) ??
      new NodeError(
        `${path} is not a model that ONNX Runtime can load: ${withoutPath(reason, path)}`,
        'Export or download it again; it may be damaged or need a newer runtime.',
      ),
  };
}

/** ONNX Runtime tells of our loop around the export what a person wants to know of the export. */
function explainExport(name: string, reason: string): NodeError {
  return (
    known(name, reason) ??
    new NodeError(
      `ONNX Runtime could not load ${name}: ${reason.replace(/\.$/, '')}.`,
      isOfMemory(reason)
        ? 'There was not enough memory: use a smaller model, or a coarser precision of it.'
        : 'Download it again, or take another precision.',
    )
  );
}

/** What goes wrong with the files of others, told without the places in ONNX Runtime's code where it was noticed. */
function known(name: string, reason: string): NodeError | undefined {
  const newer = 'Take another export of the model, or a newer Patchbay.';
  const [, operator] = /No Op registered for (\S+)/.exec(reason) ?? [];
  if (operator) return new NodeError(`${name} has the operator ${operator}, which ONNX Runtime does not know.`, newer);
  const [, opset] = /[Oo]pset (\d+) is under development/.exec(reason) ?? [];
  if (opset) return new NodeError(`${name} is of opset ${opset}, which ONNX Runtime does not know yet.`, newer);
  if (/escapes .*directory|Absolute path not allowed/.test(reason))
    return new NodeError(
      `${name} wants weights from outside its folder: they are not read.`,
      'Export it again, or download it from where you trust it.',
    );
  const [, missing] = /External data path does not exist: "?([^"]+)/.exec(reason) ?? [];
  if (missing)
    return new NodeError(
      `${name} needs the weight file ${basename(missing)}, which is not beside it.`,
      'Put it into the same folder.',
    );
  if (/external/i.test(reason) && /out of bounds|larger than the (?:file|external)|read past/i.test(reason))
    return new NodeError(`${name} has a weight file that is too short: it is not whole.`, 'Download it again.');
  return undefined;
}

const isOfMemory = (reason: string) => /alloc|memory/i.test(reason);

function memoryHint(reason: string): string | undefined {
  return isOfMemory(reason) ? 'There was not enough memory: use a smaller model or fewer layers.' : undefined;
}

/** ONNX Runtime names the file too: once is enough. */
function withoutPath(reason: string, path: string): string {
  const start = `Load model from ${path} failed:`;
  return reason.startsWith(start) ? reason.slice(start.length).trim() : reason;
}
