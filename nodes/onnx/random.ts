import { toHalf } from './half.ts';
import type { Init, ParamSpec, WeightSource } from './weights.ts';

/**
 * Seeded random weights: the same for the same seed and name, in whatever order they are filled. Normal ones are drawn
 * evenly with the wanted standard deviation, which a forward pass cannot tell from a Gaussian and which fills gigabytes
 * in seconds. Marsaglia's xorshift (2003), 32 bits.
 */
export function randomWeights(seed: number): WeightSource {
  return {
    digest: `random-${seed}`,
    fill(spec, into) {
      fill(spec, into, startOf(seed, spec.name));
    },
  };
}

function fill(spec: ParamSpec, into: Uint8Array, start: number): void {
  const { init, dtype } = spec;
  if (init.kind === 'nibbles') fillNibbles(into, start);
  else if (dtype === 'float32') {
    const values = new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4);
    if (init.kind === 'constant') values.fill(init.value);
    else fillFloats(values, boundOf(init), start);
  } else if (dtype === 'float16') {
    const values = new Uint16Array(into.buffer, into.byteOffset, into.byteLength / 2);
    if (init.kind === 'constant') values.fill(toHalf(init.value));
    else fillHalves(values, boundOf(init), start);
  } else throw new Error(`random weights of type ${dtype} (${spec.name}) are not defined`);
}

function boundOf(init: Exclude<Init, { kind: 'constant' | 'nibbles' }>): number {
  return init.kind === 'uniform' ? init.bound : init.std * Math.sqrt(3);
}

function fillFloats(values: Float32Array, bound: number, start: number): void {
  const scale = bound / 2 ** 31;
  let state = start;
  for (let i = 0; i < values.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state * scale;
  }
}

const LEVELS = 4096;

/** The same draws as in single precision, in 4,096 even levels: a table is faster than converting each number. */
function fillHalves(values: Uint16Array, bound: number, start: number): void {
  const levels = Uint16Array.from({ length: LEVELS }, (_, level) => toHalf(bound * ((2 * level + 1) / LEVELS - 1)));
  let state = start;
  for (let i = 0; i < values.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = levels[(state >> 20) + LEVELS / 2] as number;
  }
}

/** Nibbles 1 … 15, symmetric around the zero point 8, which the empty nibble turns into. */
function fillNibbles(bytes: Uint8Array, start: number): void {
  let state = start;
  for (let i = 0; i < bytes.length; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    let used = state | (state >>> 1);
    used |= used >>> 2;
    const drawn = state | ((~used & 0x11111111) << 3);
    bytes[i] = drawn;
    bytes[i + 1] = drawn >>> 8;
    bytes[i + 2] = drawn >>> 16;
    bytes[i + 3] = drawn >>> 24;
  }
}

/** FNV-1a over the name, mixed with the seed by MurmurHash3's finaliser; never 0, where xorshift would stay. */
export function startOf(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash ^= Math.imul(seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16) || 1;
}
