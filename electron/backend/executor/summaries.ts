import type { ImageValue, Tensor, Value } from '../../../nodes/values.ts';
import { montage } from '../runtime/images.ts';
import type { Outputs } from './cache.ts';
import type { OutputSummary, TensorStats } from './events.ts';

const BINS = 32;
const PREVIEW_PIXELS = 256;

export async function summarise(outputs: Outputs): Promise<Record<string, OutputSummary>> {
  const entries = Object.entries(outputs).map(async ([port, value]) => [port, await summary(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function summary(value: Value): Promise<OutputSummary> {
  switch (value.type) {
    case 'image':
      return imageSummary(value);
    case 'text':
      return { type: 'text', text: value.text, ...(value.system !== undefined && { system: value.system }) };
    case 'answer':
      return {
        type: 'answer',
        text: value.text,
        tokens: value.tokens,
        finish: value.finish,
        ...(value.caveat && { caveat: value.caveat }),
      };
    case 'features':
    case 'embeddings': {
      const [count = 0, tokens = 0, width = 0] = value.tensor.dims;
      return {
        type: value.type,
        count,
        tokens,
        width,
        ...(value.grid && { grid: value.grid }),
        stats: tensorStats(value.tensor),
      };
    }
    case 'codes':
      return { type: 'codes', stats: tensorStats(value.tensor) };
    case 'tensor':
      return { type: 'tensor', name: value.name, stats: tensorStats(value.tensor) };
    case 'table':
      return { type: 'table', columns: value.columns, rows: value.rows };
    case 'score':
      return { type: 'score', value: value.value, meaning: value.meaning };
    default:
      return { type: value.type, summary: value.summary ?? value.type };
  }
}

async function imageSummary(value: ImageValue): Promise<OutputSummary> {
  const [first] = value.images;
  if (!first) return { type: 'image', count: 0, width: 0, height: 0 };
  return {
    type: 'image',
    count: value.images.length,
    width: first.width,
    height: first.height,
    preview: await montage(value.images, value.tiling?.cols, PREVIEW_PIXELS),
  };
}

/** Not-a-number and infinite values are left out of all figures; `dims` and `dtype` tell what there was. */
export function tensorStats(tensor: Tensor): TensorStats {
  const data = numbersOf(tensor);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (!Number.isFinite(x)) continue;
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
    count++;
  }
  const histogram = new Array<number>(BINS).fill(0);
  const { dims, dtype } = tensor;
  if (count === 0) return { dims, dtype, min: 0, max: 0, mean: 0, std: 0, histogram };
  const mean = sum / count;
  const scale = max > min ? BINS / (max - min) : 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    if (!Number.isFinite(x)) continue;
    squares += (x - mean) * (x - mean);
    const bin = Math.min(BINS - 1, Math.floor((x - min) * scale));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  return { dims, dtype, min, max, mean, std: Math.sqrt(squares / count), histogram };
}

function numbersOf({ dtype, data }: Tensor): ArrayLike<number> {
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number);
  if (dtype === 'float16') return Float32Array.from(data as Uint16Array, halfToNumber);
  return data;
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}
