import { DIGITS_PATCH_CLASSES } from './digits/draw.ts';
import { loadDigits } from './digits/world.ts';
import { SHAPES_PATCH_CLASSES } from './shapes/draw.ts';
import { shapes } from './shapes/world.ts';
import { loadVisualArithmetic } from './visual-arithmetic/world.ts';
import type { World } from './world.ts';

/** A world by name. `readText` reads a file of an installed package. */
export async function loadWorld(name: World['name'], readText: (path: string) => Promise<string>): Promise<World> {
  return (await LOADERS[name](readText)) as World;
}

const LOADERS = {
  shapes: () => shapes,
  digits: loadDigits,
  'visual-arithmetic': loadVisualArithmetic,
};

const PATCH_CLASSES = {
  shapes: SHAPES_PATCH_CLASSES,
  digits: DIGITS_PATCH_CLASSES,
  'visual-arithmetic': DIGITS_PATCH_CLASSES,
};

/** Tasks that these worlds ask of patches, with the most classes that any of them tells apart. */
export function patchClasses(names: readonly World['name'][]): World['patchClasses'] {
  const most: Record<string, number> = {};
  for (const name of names)
    for (const [task, classes] of Object.entries(PATCH_CLASSES[name])) most[task] = Math.max(most[task] ?? 0, classes);
  return most;
}
