import type { z } from 'zod';
import { NodeError, type NodeRun, type RunContext } from '../run.ts';
import type { Raster, Value } from '../values.ts';
import type { definition } from './definition.ts';
import { drawOver, type HeatMap, heatMap } from './map.ts';

/** Longest side of a drawn map, in pixels: it is looked at on a node, not computed with. */
const MAP_PIXELS = 512;

/** `value` is what arrived; `map` is added where it can be drawn on a grid. */
export const run: NodeRun<z.output<typeof definition.params>>['run'] = async (context, params, inputs) => {
  const [value] = inputs.value ?? [];
  if (!value) throw new NodeError('nothing arrived to show');
  const map =
    value.type === 'features' || value.type === 'embeddings' || value.type === 'tensor'
      ? heatMap(value, params)
      : undefined;
  const shown: Record<string, Value> = { value };
  if (!map) return shown;
  const [picture] = inputs.picture ?? [];
  const ground = await groundFor(context, picture, map);
  return { ...shown, map: { type: 'image', images: [drawOver(ground, map, picture ? params.opacity : 1)] } };
};

async function groundFor(context: RunContext, picture: Value | undefined, map: HeatMap): Promise<Raster> {
  const [image] = picture?.type === 'image' ? picture.images : [];
  const from = image ?? { width: map.cols, height: map.rows };
  const scale = MAP_PIXELS / Math.max(from.width, from.height);
  const [width, height] = [from.width, from.height].map((side) => Math.max(1, Math.round(side * scale)));
  if (width === undefined || height === undefined) throw new NodeError('the map has no size');
  return image
    ? context.resize(image, width, height, 'bilinear')
    : { width, height, data: new Uint8Array(width * height * 3) };
}
