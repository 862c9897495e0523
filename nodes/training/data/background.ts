import { uniformGenerator } from '../../generation/uniforms.ts';
import type { Raster } from '../../values.ts';
import { between, integer, pick } from './chance.ts';
import { type Random, SIDE } from './world.ts';

/** Red, green and blue, 0–255. */
export type Rgb = readonly [number, number, number];

const PATTERNS = ['plain', 'gradient', 'stripes', 'noise'] as const;

/** Every point lies on the line between two colours; the pattern says where. */
export interface Background {
  readonly pattern: (typeof PATTERNS)[number];
  readonly from: Rgb;
  readonly to: Rgb;
  /** Direction of a gradient or of stripes, radians. */
  readonly angle: number;
  /** Width of a stripe and its gap, or of a grain of noise, in pixels of 64. */
  readonly period: number;
  readonly seed: number;
}

/** A background on which each of the colours stands out: `contrast` is the least distance in RGB. */
export function background(random: Random, colours: readonly Rgb[], contrast: number): Background {
  for (;;) {
    const made = anyBackground(random);
    if (colours.every((colour) => distanceToLine(colour, made.from, made.to) >= contrast)) return made;
  }
}

function anyBackground(random: Random): Background {
  const pattern = pick(random, PATTERNS);
  const from = tone(random);
  return {
    pattern,
    from,
    to: pattern === 'plain' ? from : pattern === 'gradient' ? tone(random) : near(random, from),
    angle: between(random, 0, Math.PI),
    period: pattern === 'noise' ? between(random, 1.5, 4) : between(random, 6, 14),
    seed: integer(random, 0, 2 ** 24 - 1),
  };
}

/** Light, dark or grey, with more or less of a tint. */
function tone(random: Random): Rgb {
  const level = pick(random, [between(random, 205, 245), between(random, 205, 245), between(random, 15, 60), 130]);
  const tint = pick(random, [4, 12, 32]);
  return [0, 1, 2].map(() => clamp(level + between(random, -tint, tint))) as unknown as Rgb;
}

/** A colour a little lighter or darker. */
function near(random: Random, [red, green, blue]: Rgb): Rgb {
  const step = between(random, 14, 34) * (random() < 0.5 ? 1 : -1);
  return [clamp(red + step), clamp(green + step), clamp(blue + step)];
}

const clamp = (value: number): number => Math.min(255, Math.max(0, value));

/** Euclidean distance of a colour from the nearest one between two others. */
export function distanceToLine(colour: Rgb, from: Rgb, to: Rgb): number {
  const along = to.map((value, channel) => value - (from[channel] ?? 0));
  const offset = colour.map((value, channel) => value - (from[channel] ?? 0));
  const length = along.reduce((sum, value) => sum + value * value, 0);
  const dot = offset.reduce((sum, value, channel) => sum + value * (along[channel] ?? 0), 0);
  const at = length === 0 ? 0 : Math.min(1, Math.max(0, dot / length));
  return Math.hypot(...offset.map((value, channel) => value - at * (along[channel] ?? 0)));
}

/** The background alone, `side × side`. */
export function paintBackground(ground: Background, side: number): Raster {
  const data = new Uint8Array(side * side * 3);
  const mix = mixing(ground);
  const [red, green, blue] = ground.from;
  const [toRed, toGreen, toBlue] = ground.to;
  const scale = SIDE / side;
  for (let y = 0, at = 0; y < side; y++)
    for (let x = 0; x < side; x++, at += 3) {
      const share = mix((x + 0.5) * scale, (y + 0.5) * scale);
      data[at] = red + (toRed - red) * share + 0.5;
      data[at + 1] = green + (toGreen - green) * share + 0.5;
      data[at + 2] = blue + (toBlue - blue) * share + 0.5;
    }
  return { width: side, height: side, data };
}

/** How far towards the second colour a point of the 64 × 64 square is, 0–1. */
function mixing({ pattern, angle, period, seed }: Background): (x: number, y: number) => number {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  switch (pattern) {
    case 'plain':
      return () => 0;
    case 'gradient': {
      const reach = (SIDE / 2) * (Math.abs(cos) + Math.abs(sin));
      return (x, y) => 0.5 + ((x - SIDE / 2) * cos + (y - SIDE / 2) * sin) / (2 * reach);
    }
    case 'stripes': {
      const turn = (2 * Math.PI) / period;
      return (x, y) => 0.5 + 0.5 * Math.sin((x * cos + y * sin) * turn);
    }
    case 'noise':
      return valueNoise(seed, period);
  }
}

/** Random values on a lattice, interpolated between: the same grain at every size of picture. */
function valueNoise(seed: number, period: number): (x: number, y: number) => number {
  const cells = Math.ceil(SIDE / period) + 2;
  const random = uniformGenerator(seed);
  const lattice = Float32Array.from({ length: cells * cells }, random);
  return (x, y) => {
    const [u, v] = [x / period, y / period];
    const [col, row] = [Math.floor(u), Math.floor(v)];
    const [right, down] = [u - col, v - row];
    const at = row * cells + col;
    const top = (lattice[at] as number) * (1 - right) + (lattice[at + 1] as number) * right;
    const bottom = (lattice[at + cells] as number) * (1 - right) + (lattice[at + cells + 1] as number) * right;
    return top * (1 - down) + bottom * down;
  };
}
