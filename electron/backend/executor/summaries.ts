import type { CandidatesValue } from '../../../nodes/search-loop/search.ts';
import type { DType, ImageValue, Tensor, TensorData, Value } from '../../../nodes/values.ts';
import { montage } from '../runtime/images.ts';
import type { Outputs } from './cache.ts';
import type { OutputSummary, TensorStats } from './events.ts';

const BINS = 32;
/** Values that a histogram is made of, at most. */
const BINNED = 8192;
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
      return { type: 'table', columns: value.columns, rows: value.rows, ...(value.lines && { lines: true }) };
    case 'score':
      return { type: 'score', value: value.value, meaning: value.meaning };
    case 'nothing':
      return value;
    case 'candidates': {
      const { summary, result } = value as CandidatesValue;
      return { type: 'candidates', summary, result };
    }
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
export function tensorStats({ dims, dtype, data }: Tensor): TensorStats {
  const numbers = floatsOf(dtype, data);
  const { count, min, max, mean, std } = moments(numbers);
  const histogram = binned(numbers, min, max);
  return count === 0
    ? { dims, dtype, min: 0, max: 0, mean: 0, std: 0, histogram }
    : { dims, dtype, min, max, mean, std, histogram };
}

/** One pass; deviations from the first value keep the sum of squares exact where values lie far from zero. */
function moments(numbers: Float32Array | Float64Array) {
  const origin = numbers.find(Number.isFinite) ?? 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i] as number;
    // Only finite numbers differ from themselves by zero.
    if (x - x !== 0) continue;
    if (x < min) min = x;
    if (x > max) max = x;
    const from = x - origin;
    sum += from;
    squares += from * from;
    count++;
  }
  const mean = sum / count;
  return { count, min, max, mean: origin + mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Of values taken evenly over the tensor: more would change the picture by less than a pixel. */
function binned(numbers: Float32Array | Float64Array, min: number, max: number): number[] {
  const histogram = new Uint32Array(BINS);
  const scale = max > min ? BINS / (max - min) : 0;
  // Odd, so that it falls into step with no width.
  const stride = Math.ceil(numbers.length / BINNED) | 1;
  for (let i = 0; i < numbers.length; i += stride) {
    const x = numbers[i] as number;
    if (x - x !== 0) continue;
    const bin = Math.min(BINS - 1, ((x - min) * scale) | 0);
    histogram[bin] = (histogram[bin] as number) + 1;
  }
  return [...histogram];
}

function floatsOf(dtype: DType, data: TensorData): Float32Array | Float64Array {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number);
  if (dtype === 'float16') return Float32Array.from(data, halfToNumber);
  return Float64Array.from(data);
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}
