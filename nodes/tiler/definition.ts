import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';
import { anyres, dynamicTiles, type Grid, type TilePlan } from './layout.ts';

const GRIDS = /^\s*[1-9]\d?x[1-9]\d?(\s*,\s*[1-9]\d?x[1-9]\d?)*\s*$/;

const params = z.object({
  design: z.enum(['llava-next', 'internvl']).default('llava-next').meta({
    title: 'Design',
    description: 'llava-next: fit and pad on a grid; internvl: stretch onto the nearest shape',
  }),
  tile: z.int().min(16).max(2048).default(336).meta({
    title: 'Tile side',
    unit: 'px',
    description: "The encoder's picture size: 336 for LLaVA-NeXT, 448 for InternVL",
  }),
  grids: z
    .string()
    .regex(GRIDS, 'expected grids as rows x columns, e.g. "1x2, 2x2"')
    .default('2x1, 1x2, 2x2, 1x3, 3x1')
    .meta({
      title: 'Grids',
      description: 'llava-next: allowed grids, rows x columns',
      when: { param: 'design', is: ['llava-next'] },
    }),
  minTiles: z
    .int()
    .min(1)
    .max(40)
    .default(1)
    .meta({
      title: 'Fewest tiles',
      description: 'internvl: of which a grid is made',
      advanced: true,
      when: { param: 'design', is: ['internvl'] },
    }),
  maxTiles: z
    .int()
    .min(1)
    .max(40)
    .default(12)
    .meta({
      title: 'Most tiles',
      description: 'internvl: of which a grid is made',
      when: { param: 'design', is: ['internvl'] },
    }),
  thumbnail: z.boolean().default(true).meta({
    title: 'Thumbnail',
    description: 'The whole picture as one more tile, last; internvl leaves it out for one tile',
  }),
});

export const definition = defineNode({
  kind: 'tiler',
  version: 1,
  title: 'Tiler',
  category: 'Vision',
  doc: 'Cuts a large picture into tiles of the size an encoder takes, row by row, and adds a thumbnail of the whole. LLaVA-NeXT (anyres) chooses from a few grids the one that keeps most pixels, fits the picture inside and pads it; InternVL stretches it onto the grid of 1 to 12 tiles whose shape is nearest.',
  sources: [
    { title: 'LLaVA-NeXT, dynamic high resolution', url: 'https://llava-vl.github.io/blog/2024-01-30-llava-next/' },
    { title: 'InternVL 1.5, section 3.2', url: 'https://arxiv.org/abs/2404.16821' },
  ],
  params,
  ports: () => ({
    inputs: { image: { type: 'image', doc: 'One picture' } },
    outputs: { image: { type: 'image', doc: 'The tiles row by row, then the thumbnail' } },
  }),
  shapes({ params: values, inputs }): Readonly<Record<string, ValueSpec>> {
    const [picture] = inputs.image ?? [];
    if (picture?.type !== 'image') return {};
    if (picture.count !== 1) throw new Error(`the tiler takes one picture, found ${picture.count}`);
    const plan = planTiles(values, picture.width, picture.height);
    const count = plan.rows * plan.cols + (plan.thumbnail ? 1 : 0);
    return { image: { type: 'image', count, width: values.tile, height: values.tile, tiling: tilingOf(plan) } };
  },
});

/** Lays a picture of this size out on tiles. Throws an `Error` where the parameters leave no grid. */
export function planTiles(values: z.output<typeof params>, width: number, height: number): TilePlan {
  if (values.design === 'llava-next')
    return { ...anyres(width, height, values.tile, parseGrids(values.grids)), thumbnail: values.thumbnail };
  if (values.minTiles > values.maxTiles)
    throw new Error(`fewest tiles (${values.minTiles}) is more than most tiles (${values.maxTiles})`);
  return dynamicTiles(width, height, values);
}

/** What later nodes need to know to put the tiles together again. */
export function tilingOf({ resized: _resized, ...tiling }: TilePlan) {
  return tiling;
}

function parseGrids(text: string): Grid[] {
  return text.split(',').map((grid): Grid => {
    const [rows, cols] = grid.split('x').map(Number);
    return [rows ?? 1, cols ?? 1];
  });
}
