import type { Raster } from '../../../nodes/values.ts';

/** Colours that change over the whole picture, so that a tile or a row in a wrong place shows. */
export const PICTURE: Raster = {
  width: 90,
  height: 60,
  data: Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 7 + Math.floor(i / 270) * 13) % 256),
};
