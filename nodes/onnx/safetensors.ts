import { z } from 'zod';
import type { DType } from '../values.ts';
import { fromHalf, toHalf } from './half.ts';
import { bytesOf, type WeightSource } from './weights.ts';

/** A tensor as it stands in a file: little endian, row-major. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Tensors by name, and free text about them. */
export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Names of the format for our types. BF16 and FP8 have none of ours. */
const NAMES: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};
const TYPES = new Map(Object.entries(NAMES).map(([dtype, name]) => [name, dtype as DType]));

const LENGTH_BYTES = 8;
/** The format's own bound on its header. */
const LARGEST_HEADER = 100_000_000;
/** The data starts at a multiple of this, so that every type can be viewed in place. */
const ALIGNMENT = 8;

const size = z.int().min(0);
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * A file of weights in the format of Hugging Face's safetensors: the header's length in 8 bytes, the header in JSON, then
 * the data (https://huggingface.co/docs/safetensors). Tensors are views of `file`. Throws an `Error` that says what is
 * wrong where the file is not whole: every byte of the data must belong to exactly one tensor.
 */
export function readSafetensors(file: Uint8Array): StoredTensors {
  const header = headerOf(file);
  const data = file.subarray(LENGTH_BYTES + header.bytes);
  const tensors = new Map<string, StoredTensor>();
  const spans: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  for (const [name, raw] of Object.entries(header.json)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(raw);
    if (!entry.success) throw new Error(`the header says nothing that can be read of "${name}"`);
    const {
      shape,
      data_offsets: [start, end],
    } = entry.data;
    const dtype = TYPES.get(entry.data.dtype);
    if (!dtype)
      throw new Error(`"${name}" is of type ${entry.data.dtype}: only ${[...TYPES.keys()].join(', ')} can be read`);
    const expected = bytesOf({ shape, dtype });
    if (end - start !== expected)
      throw new Error(
        `"${name}" has ${end - start} bytes, but ${entry.data.dtype} [${shape.join(', ')}] takes ${expected}`,
      );
    tensors.set(name, { dtype, shape, bytes: data.subarray(start, end) });
    spans.push({ name, start, end });
  }
  requireWhole(spans, data.byteLength);
  const metadata = metadataSchema.safeParse(header.json.__metadata__ ?? {});
  if (!metadata.success) throw new Error('the metadata in the header are not texts by name');
  return { tensors, metadata: metadata.data };
}

function headerOf(file: Uint8Array): { readonly json: Record<string, unknown>; readonly bytes: number } {
  if (file.byteLength < LENGTH_BYTES) throw new Error(`a file of ${file.byteLength} bytes holds no weights`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const bytes = Number(view.getBigUint64(0, true));
  if (bytes > LARGEST_HEADER) throw new Error('it is no safetensors file: its header would be larger than 100 MB');
  if (LENGTH_BYTES + bytes > file.byteLength) throw new Error('the file ends within its header: it was cut short');
  let json: unknown;
  try {
    json = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(LENGTH_BYTES, LENGTH_BYTES + bytes)),
    );
  } catch {
    throw new Error('it is no safetensors file: its header is not JSON');
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new Error('it is no safetensors file: its header is not an object');
  return { json: json as Record<string, unknown>, bytes };
}

/** Tensors must follow one another from the first byte of the data to the last. */
function requireWhole(spans: readonly { name: string; start: number; end: number }[], bytes: number): void {
  let at = 0;
  for (const { name, start, end } of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw new Error(`"${name}" overlaps another tensor`);
    if (start > at) throw new Error(`${start - at} bytes before "${name}" belong to no tensor`);
    at = end;
  }
  if (at > bytes) throw new Error(`the data end ${at - bytes} bytes early: the file was cut short`);
  if (at < bytes) throw new Error(`${bytes - at} bytes at the end belong to no tensor`);
}

/**
 * The file of these tensors, the largest types first so that each is aligned. `format: pt` is what Transformers asks of
 * files that it opens.
 */
export function writeSafetensors({
  tensors,
  metadata = { format: 'pt' },
}: Pick<StoredTensors, 'tensors'> & Partial<StoredTensors>): Uint8Array {
  const width = ({ dtype }: StoredTensor) => bytesOf({ shape: [], dtype });
  const sorted = [...tensors].sort(([a, x], [b, y]) => width(y) - width(x) || (a < b ? -1 : 1));
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of sorted) {
    if (bytes.byteLength !== bytesOf({ shape, dtype }))
      throw new Error(
        `"${name}" has ${bytes.byteLength} bytes, but ${dtype} [${shape.join(', ')}] takes ${bytesOf({ shape, dtype })}`,
      );
    entries.push([name, { dtype: NAMES[dtype], shape, data_offsets: [at, at + bytes.byteLength] }]);
    at += bytes.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const header = Math.ceil(json.byteLength / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + header + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(header), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + header).set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + header;
  for (const [, { bytes }] of sorted) {
    file.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return file;
}

/**
 * Weights from stored tensors by name; half and single precision stand in for each other. A tensor that is missing or of
 * another shape is an `Error` that names it. `digest` is that of the file.
 */
export function storedWeights({ tensors }: Pick<StoredTensors, 'tensors'>, digest: string): WeightSource {
  return {
    digest,
    fill({ name, shape, dtype }, into) {
      const stored = tensors.get(name);
      if (!stored) throw new Error(`the weights have no tensor "${name}"`);
      if (`${stored.shape}` !== `${shape}`)
        throw new Error(
          `"${name}" is [${stored.shape.join(', ')}] in the weights, but the model needs [${shape.join(', ')}]`,
        );
      if (stored.dtype === dtype) into.set(stored.bytes);
      else if (stored.dtype === 'float16' && dtype === 'float32') widen(stored.bytes, into);
      else if (stored.dtype === 'float32' && dtype === 'float16') narrow(stored.bytes, into);
      else throw new Error(`"${name}" is ${stored.dtype} in the weights, but the model needs ${dtype}`);
    },
  };
}

let singles: Float32Array | undefined;

/** Through a table of all halves: a look-up is faster than converting each number. */
function widen(halves: Uint8Array, into: Uint8Array): void {
  singles ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => fromHalf(half));
  const [from, to] = [new DataView(halves.buffer, halves.byteOffset), new DataView(into.buffer, into.byteOffset)];
  for (let i = 0; i < into.byteLength / 4; i++)
    to.setFloat32(4 * i, singles[from.getUint16(2 * i, true)] as number, true);
}

function narrow(floats: Uint8Array, into: Uint8Array): void {
  const [from, to] = [new DataView(floats.buffer, floats.byteOffset), new DataView(into.buffer, into.byteOffset)];
  for (let i = 0; i < into.byteLength / 2; i++) to.setUint16(2 * i, toHalf(from.getFloat32(4 * i, true)), true);
}
