import type { World } from '../world.ts';
import { drawShapes, SHAPES_PATCH_CLASSES, shapesPatchLabels } from './draw.ts';
import { askShapes, SHAPES_CURRICULUM, SHAPES_KINDS } from './questions.ts';
import { type ShapesScene, shapesScene } from './scene.ts';
import { captionShapes, describeShapes, shapesThings } from './text.ts';

/** One to six coloured shapes over a varied background. */
export const shapes: World<ShapesScene> = {
  name: 'shapes',
  kinds: SHAPES_KINDS,
  curriculum: SHAPES_CURRICULUM,
  patchClasses: SHAPES_PATCH_CLASSES,
  scene: shapesScene,
  size: (scene) => scene.shapes.length,
  draw: drawShapes,
  describe: describeShapes,
  things: shapesThings,
  caption: captionShapes,
  ask: askShapes,
  patchLabels: shapesPatchLabels,
};
