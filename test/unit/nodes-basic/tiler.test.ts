import { describe, expect, test } from 'vitest';
import { definition, planTiles } from '../../../nodes/tiler/definition.ts';

const defaults = definition.params.parse({});
const internvl = { ...defaults, design: 'internvl' as const, tile: 448 };

describe('LLaVA-NeXT anyres', () => {
  // Worked by hand from select_best_resolution over the pinpoints of llava-v1.6 (336 px).
  test.each([
    [672, 1008, 2, 2, 448, 672],
    [336, 336, 2, 1, 336, 336],
    [1344, 336, 1, 3, 1008, 252],
    [300, 1200, 3, 1, 252, 1008],
    [1000, 1000, 2, 2, 672, 672],
    [672, 336, 1, 2, 672, 336],
  ])('%i × %i', (width, height, rows, cols, resizedWidth, resizedHeight) => {
    expect(planTiles(defaults, width, height)).toMatchObject({
      rows,
      cols,
      padded: true,
      thumbnail: true,
      resized: { width: resizedWidth, height: resizedHeight },
    });
  });
});

describe('InternVL dynamic tiles', () => {
  test.each([
    // A small square keeps one tile; a large one is cut as finely as the budget lets it.
    [300, 300, 1, 1],
    [448, 448, 1, 1],
    [2000, 2000, 3, 3],
    [800, 400, 1, 2],
    [1600, 800, 2, 4],
    [448, 1344, 3, 1],
    [5000, 400, 1, 12],
    [1920, 1280, 2, 3],
  ])('%i × %i', (width, height, rows, cols) => {
    expect(planTiles(internvl, width, height)).toMatchObject({ rows, cols, thumbnail: rows * cols > 1 });
  });

  test('keeps to the number of tiles asked for, and says where none is left', () => {
    expect(planTiles({ ...internvl, maxTiles: 6 }, 2000, 2000)).toMatchObject({ rows: 2, cols: 2 });
    expect(() => planTiles({ ...internvl, minTiles: 9, maxTiles: 3 }, 10, 10)).toThrow('fewest tiles (9)');
  });
});

test('shapes count the tiles and the thumbnail', () => {
  const picture = { type: 'image', count: 1, width: 672, height: 1008 } as const;
  expect(definition.shapes({ params: defaults, inputs: { image: [picture] } }).image).toMatchObject({
    count: 5,
    width: 336,
    height: 336,
  });
  expect(() => definition.shapes({ params: defaults, inputs: { image: [{ ...picture, count: 2 }] } })).toThrow(
    'one picture, found 2',
  );
});
