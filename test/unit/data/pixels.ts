import type { Raster } from '../../../nodes/values.ts';

/** Each pixel the mean of `factor × factor`. */
export function shrink({ width, height, data }: Raster, factor: number): Raster {
  const [cols, rows] = [width / factor, height / factor];
  const means = Uint8Array.from({ length: cols * rows * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % cols, Math.floor(i / 3 / cols)];
    let sum = 0;
    for (let dy = 0; dy < factor; dy++)
      for (let dx = 0; dx < factor; dx++) sum += data[((y * factor + dy) * width + x * factor + dx) * 3 + (i % 3)] ?? 0;
    return Math.round(sum / factor ** 2);
  });
  return { width: cols, height: rows, data: means };
}

/** The pixels in which two pictures of one size differ, counted row by row. */
export function changed(a: Raster, b: Raster): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < a.width * a.height; i++)
    if ([0, 1, 2].some((channel) => a.data[i * 3 + channel] !== b.data[i * 3 + channel])) pixels.push(i);
  return pixels;
}
