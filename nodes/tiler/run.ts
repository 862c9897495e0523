import type { z } from 'zod';
import { pad, tiles } from '../pixels.ts';
import { NodeError, type NodeRun } from '../run.ts';
import { type definition, planTiles, tilingOf } from './definition.ts';

const BLACK = [0, 0, 0] as const;

export const run: NodeRun<z.output<typeof definition.params>>['run'] = async (context, params, inputs) => {
  const [value] = inputs.image ?? [];
  const [picture, ...others] = value?.type === 'image' ? value.images : [];
  if (!picture || others.length > 0)
    throw new NodeError(`the tiler takes one picture, found ${others.length + (picture ? 1 : 0)}`);
  const plan = planTiles(params, picture.width, picture.height);
  const resized = await context.resize(picture, plan.resized.width, plan.resized.height, 'bicubic');
  const ground = pad(resized, plan.cols * params.tile, plan.rows * params.tile, BLACK);
  const images = tiles(ground, plan.rows, plan.cols);
  if (plan.thumbnail) images.push(await context.resize(picture, params.tile, params.tile, 'bicubic'));
  return { image: { type: 'image', images, tiling: tilingOf(plan) } };
};
