import type { World } from '../world.ts';
import { DIGITS_PATCH_CLASSES, digitsPatchLabels, drawDigits } from './draw.ts';
import { loadDigitImages } from './images.ts';
import { askDigits, captionDigits, DIGITS_KINDS, describeDigits, digitsThings } from './questions.ts';
import { type DigitsScene, digitsScene } from './scene.ts';

/** One to four real handwritten digits. Their pictures are read first: see `loadDigitImages`. */
export async function loadDigits(readText: (path: string) => Promise<string>): Promise<World<DigitsScene>> {
  const images = await loadDigitImages(readText);
  return {
    name: 'digits',
    kinds: DIGITS_KINDS,
    curriculum: [],
    patchClasses: DIGITS_PATCH_CLASSES,
    scene: (random, split) => digitsScene(images, random, split),
    size: ({ digits }) => digits.length,
    draw: drawDigits,
    describe: describeDigits,
    things: digitsThings,
    caption: captionDigits,
    ask: askDigits,
    patchLabels: digitsPatchLabels,
  };
}
