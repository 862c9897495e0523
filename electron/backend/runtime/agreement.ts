import { fromHalf } from '../../../nodes/onnx/half.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { bytesOf, type ParamSpec, type WeightSource } from '../../../nodes/onnx/weights.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { CHECKS, type Check } from './agreement-checks.ts';
import { type Opener, openOn } from './opener.ts';
import { fromOrt, toOrt } from './tensors.ts';

export interface Agreement {
  /** What it answers otherwise, and by how much; absent where it agrees. */
  readonly differs?: string;
  /** What it could not run at all: models that need it fall back by themselves. */
  readonly cannot: readonly string[];
}

/**
 * Holds the sessions that `open` makes against those of the CPU, on small networks of the operators that our models are made
 * of, up to the first that differ.
 */
export async function agreement(open: Opener): Promise<Agreement> {
  const cannot: string[] = [];
  for (const check of CHECKS) {
    const expected = await answersOf(check, openOn('cpu'));
    const found = await answersOf(check, open).catch(() => undefined);
    if (!found) {
      cannot.push(check.what);
      continue;
    }
    const gap = Math.max(...expected.map((tensor, at) => relativeGap(tensor, found[at])));
    if (gap > check.tolerance) return { differs: `${check.what} ${gapWords(gap)}`, cannot };
  }
  return { cannot };
}

async function answersOf({ graph, ask }: Check, open: Opener): Promise<readonly Tensor[]> {
  const model = buildModel(graph());
  const weights = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) bold.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    return { path, data };
  });
  const session = await open(model.bytes, weights);
  try {
    return await ask({
      ...UNDESCRIBED,
      run: async (feeds, fetch = session.outputNames) => fromOrt(await session.run(toOrt(feeds), [...fetch])),
    });
  } finally {
    await session.release();
  }
}

/** The checks know the ports of their networks. */
const UNDESCRIBED = { inputs: [], outputs: [], provider: { asked: 'trial', ran: 'trial' } };

/** Of trained weights: with those that training starts from, layers change what goes through them too little to tell. */
const BOUND = 0.5;

const bold: WeightSource = {
  digest: 'bold',
  fill(spec, into) {
    randomWeights(1).fill({ ...spec, init: boldly(spec) }, into);
  },
};

function boldly({ init, parameters }: ParamSpec): ParamSpec['init'] {
  if (init.kind === 'normal') return { kind: 'uniform', bound: BOUND };
  // Scales of packed weights, which are -8 … 7 without them.
  return init.kind === 'constant' && parameters === 0 ? { kind: 'constant', value: BOUND / 8 } : init;
}

/** Largest difference, over the largest number expected; infinite where shapes differ or something is no number. */
function relativeGap(expected: Tensor, found: Tensor | undefined): number {
  if (!found || found.dtype !== expected.dtype || `${found.dims}` !== `${expected.dims}`)
    return Number.POSITIVE_INFINITY;
  const [wanted, given] = [numbersOf(expected), numbersOf(found)];
  const scale = Math.max(...wanted.map(Math.abs));
  const gap = Math.max(...wanted.map((value, at) => Math.abs(value - (given[at] as number))));
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap / scale;
}

function numbersOf({ dtype, data }: Tensor): number[] {
  const numbers = Array.from<number | bigint, number>(data, Number);
  return dtype === 'float16' ? numbers.map(fromHalf) : numbers;
}

function gapWords(gap: number): string {
  return Number.isFinite(gap)
    ? `differs from the CPU by ${(100 * gap).toPrecision(2)} %`
    : 'gives another shape than the CPU, or no numbers';
}
