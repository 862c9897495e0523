import { type Background, background, type Rgb } from '../background.ts';
import { between, integer, pick, weighted } from '../chance.ts';
import { type Random, SIDE, type Split } from '../world.ts';
import type { DigitImage, DigitImages } from './images.ts';

/** A digit in its place. */
export interface Placed {
  readonly image: DigitImage;
  /** Centre of its ink, in pixels of 64. */
  readonly x: number;
  readonly y: number;
  /** Pixels of 64 a pixel of the digit's picture. */
  readonly scale: number;
  /** Turn, radians. */
  readonly angle: number;
}

export interface DigitsScene {
  /** In reading order: left to right. */
  readonly digits: readonly Placed[];
  readonly ink: Rgb;
  readonly background: Background;
}

/** How often a scene has one, two, three and four digits. */
const COUNT_WEIGHTS = [1, 1.4, 1.2, 1.2];
/** Least distance in RGB between ink and background. */
const CONTRAST = 120;
/** Free space between neighbours and to the edge, in pixels of 64. */
const GAP = 1.5;

/** One to four digits of the split's pictures, beside each other at free sizes and places. */
export function digitsScene(images: DigitImages, random: Random, split: Split): DigitsScene {
  const ink = inkColour(random);
  const chosen = values(random, weighted(random, COUNT_WEIGHTS) + 1).map((digit) =>
    pick(random, images[split][digit] ?? []),
  );
  return { digits: placed(random, chosen), ink, background: background(random, [ink], CONTRAST) };
}

/** Digits of a scene; half of the scenes of several repeat one, so that counting a digit is worth a question. */
function values(random: Random, count: number): number[] {
  const digits = Array.from({ length: count }, () => integer(random, 0, 9));
  if (random() < 0.5) return digits;
  const repeated = pick(random, digits);
  return digits.map((digit) => (random() < 0.6 ? repeated : digit));
}

function inkColour(random: Random): Rgb {
  const [low, high] = random() < 0.5 ? [0, 90] : [170, 255];
  const level = between(random, low, high);
  const tint = pick(random, [0, 0, 70]);
  return [0, 1, 2].map(() => Math.min(255, Math.max(0, level + between(random, -tint, tint)))) as unknown as Rgb;
}

/**
 * Sizes are drawn until the digits fit beside each other, from smaller ones at every try: four wide digits fit only when
 * small. What is left of the width is shared out by chance.
 */
function placed(random: Random, images: readonly DigitImage[]): Placed[] {
  for (let most = 26; ; most *= 0.96) {
    const sized = images.map((image) => sizedDigit(random, image, most));
    const free = SIDE - 2 * GAP - sized.reduce((sum, { width }) => sum + width + GAP, -GAP);
    if (free < 0) continue;
    const shares = Array.from({ length: images.length + 1 }, () => random());
    const whole = shares.reduce((sum, share) => sum + share, 0);
    const line = between(random, 0, 1);
    let left = GAP;
    return sized.map(({ image, scale, angle, width, height }, i) => {
      left += ((shares[i] as number) / whole) * free;
      const x = left + width / 2;
      left += width + GAP;
      // Digits stand on a rough line rather than anywhere, as numbers do.
      const at = Math.min(1, Math.max(0, line + between(random, -0.12, 0.12)));
      return { image, scale, angle, x, y: GAP + height / 2 + at * (SIDE - 2 * GAP - height) };
    });
  }
}

/** Pictures of MNIST hold a digit in a box of 20 pixels, which is drawn 14–26 pixels of 64 wide or high. */
function sizedDigit(random: Random, image: DigitImage, most: number) {
  const scale = between(random, Math.min(14, 0.9 * most), most) / 20;
  const angle = between(random, -0.2, 0.2);
  const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
  const [wide, high] = [image.box.right - image.box.left, image.box.bottom - image.box.top];
  return { image, scale, angle, width: (wide * cos + high * sin) * scale, height: (high * cos + wide * sin) * scale };
}
