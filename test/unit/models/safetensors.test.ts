import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHalf, toHalf } from '../../../nodes/onnx/half.ts';
import {
  readSafetensors,
  type StoredTensor,
  storedWeights,
  writeSafetensors,
} from '../../../nodes/onnx/safetensors.ts';
import { bytesOf, type ParamSpec } from '../../../nodes/onnx/weights.ts';
import type { DType } from '../../../nodes/values.ts';

const DTYPES = ['float64', 'float32', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'] as const satisfies DType[];

const tensor = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const length = bytesOf({ dtype, shape });
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes): StoredTensor => ({ dtype, shape, bytes }));
  });
const name = fc.string({ minLength: 1 }).filter((text) => text !== '__metadata__' && text !== '__proto__');
const files = fc.record({
  tensors: fc.dictionary(name, tensor).map((entries) => new Map(Object.entries(entries))),
  metadata: fc.dictionary(name, fc.string()).map((entries) => ({ ...entries })),
});

describe('safetensors', () => {
  test('what is written reads back, and every tensor is aligned to its type', () => {
    fc.assert(
      fc.property(files, (content) => {
        const file = writeSafetensors(content);
        const read = readSafetensors(file);
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...content.tensors].sort()));
        expect(read.metadata).toEqual(content.metadata);
        for (const { dtype, bytes } of read.tensors.values())
          if (bytes.byteLength > 0) expect(bytes.byteOffset % bytesOf({ dtype, shape: [] })).toBe(0);
      }),
    );
  });

  test('a file of any tensors cut short anywhere is refused', () => {
    fc.assert(
      fc.property(files, fc.nat(), (content, at) => {
        const file = writeSafetensors(content);
        const length = at % file.byteLength;
        expect(() => readSafetensors(file.subarray(0, length))).toThrow();
      }),
    );
  });

  test('a file made by hand after the format reads as it says', () => {
    // One I8 row of three after a header without padding: data need not be aligned in files of others.
    const header = '{"row":{"dtype":"I8","shape":[1,3],"data_offsets":[0,3]},"__metadata__":{"made":"by hand"}}';
    const file = fileOf(header, [255, 0, 7]);
    const { tensors, metadata } = readSafetensors(file);
    expect(tensors.get('row')).toEqual({ dtype: 'int8', shape: [1, 3], bytes: Uint8Array.of(255, 0, 7) });
    expect(metadata).toEqual({ made: 'by hand' });
  });

  const entry = (dtype: string, shape: number[], offsets: number[]) => ({ dtype, shape, data_offsets: offsets });
  test.each([
    ['nothing', new Uint8Array(3), 'a file of 3 bytes holds no weights'],
    ['a huge header', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0), 'no safetensors file'],
    ['a header beyond the end', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b), 'cut short'],
    ['no JSON', fileOf('{"a"', []), 'its header is not JSON'],
    ['a list', fileOf('[]', []), 'not an object'],
    ['an entry of another make', fileOf('{"a":{"dtype":"F32"}}', []), '"a"'],
    ['another type', fileOf({ a: entry('BF16', [2], [0, 4]) }, Array(4)), '"a" is of type BF16'],
    [
      'a size that is not the shape’s',
      fileOf({ a: entry('F32', [2], [0, 4]) }, Array(4)),
      '"a" has 4 bytes, but F32 [2] takes 8',
    ],
    ['an end before the start', fileOf({ a: entry('U8', [2], [2, 0]) }, Array(2)), '"a" has -2 bytes'],
    ['an overlap', fileOf({ a: entry('U8', [2], [0, 2]), b: entry('U8', [2], [1, 3]) }, Array(3)), '"b" overlaps'],
    ['a hole', fileOf({ a: entry('U8', [1], [1, 2]) }, Array(2)), '1 bytes before "a"'],
    ['missing data', fileOf({ a: entry('U8', [4], [0, 4]) }, Array(3)), 'the data end 1 bytes early'],
    ['data to spare', fileOf({ a: entry('U8', [1], [0, 1]) }, Array(3)), '2 bytes at the end'],
  ])('a file with %s is refused with a sentence', (_, file, sentence) => {
    expect(() => readSafetensors(file)).toThrow(sentence);
  });

  test('what does not fill its shape is not written', () => {
    const tensors = new Map([['a', { dtype: 'float32', shape: [2], bytes: new Uint8Array(4) } as const]]);
    expect(() => writeSafetensors({ tensors })).toThrow('"a" has 4 bytes');
  });
});

describe('stored weights', () => {
  const spec = (extra: Partial<ParamSpec> = {}): ParamSpec => ({
    name: 'w',
    shape: [4],
    dtype: 'float32',
    init: { kind: 'constant', value: 0 },
    parameters: 4,
    ...extra,
  });
  const values = [1.5, -0.25, 1e-7, 65504];
  const half = {
    dtype: 'float16',
    shape: [4],
    bytes: new Uint8Array(Uint16Array.from(values, toHalf).buffer),
  } as const;
  const single = { dtype: 'float32', shape: [4], bytes: new Uint8Array(Float32Array.from(values).buffer) } as const;
  const filled = (stored: StoredTensor, wanted: ParamSpec) => {
    const into = new Uint8Array(bytesOf(wanted));
    storedWeights({ tensors: new Map([['w', stored]]) }, 'digest').fill(wanted, into);
    return into;
  };

  test('halves are widened to the same numbers, singles rounded to the nearest half', () => {
    const widened = new Float32Array(filled(half, spec()).buffer);
    expect([...widened]).toEqual(values.map((value) => fromHalf(toHalf(value))));
    expect(filled(single, spec({ dtype: 'float16' }))).toEqual(half.bytes);
    expect(filled(single, spec())).toEqual(single.bytes);
  });

  test('a missing tensor, another shape and a type that cannot stand in are errors that name it', () => {
    expect(() => filled(half, spec({ name: 'other' }))).toThrow('no tensor "other"');
    expect(() => filled(half, spec({ shape: [2, 2] }))).toThrow(
      '"w" is [4] in the weights, but the model needs [2, 2]',
    );
    expect(() => filled(half, spec({ dtype: 'int64' }))).toThrow(
      '"w" is float16 in the weights, but the model needs int64',
    );
  });
});

function fileOf(header: string | object, data: readonly number[]): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.byteLength + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  file.set(json, 8);
  file.set(data, 8 + json.byteLength);
  return file;
}
