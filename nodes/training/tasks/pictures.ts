import { uniformGenerator } from '../../generation/uniforms.ts';
import type { Tensor } from '../../values.ts';
import type { VisionConfig } from '../../vision-encoder/config.ts';
import { patchify } from '../../vision-encoder/preprocess.ts';
import { itemSeed } from '../batch.ts';
import type { Split, World } from '../data/world.ts';
import type { Recipe } from '../recipe.ts';
import type { Sources } from './sources.ts';

/** Pictures that have a number in their split, so that their features can be kept. */

export function pictured({ seed }: Recipe, { worlds }: Sources, split: Split, picture: number) {
  const random = uniformGenerator(itemSeed(seed, split, picture));
  const world: World = worlds(random);
  return { world, scene: world.scene(random, split) };
}

/** Patches of the pictures `from` to `from + count` of a split, as the encoder takes them. */
export function picturePatches(
  recipe: Recipe,
  sources: Sources,
  vision: VisionConfig,
  split: Split,
  from: number,
  count: number,
): Tensor {
  const rasters = Array.from({ length: count }, (_, i) => {
    const { world, scene } = pictured(recipe, sources, split, from + i);
    return world.draw(scene, vision.size);
  });
  return patchify(vision, rasters);
}

/** Tokens that an encoder gives, the class token included. */
export function featureTokens({ size, patch, classToken }: VisionConfig): number {
  return (size / patch) ** 2 + (classToken ? 1 : 0);
}
