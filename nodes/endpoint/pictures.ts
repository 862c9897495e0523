import type { RunContext } from '../run.ts';
import type { ImageValue } from '../values.ts';

/** Longest side of a picture that is sent, in pixels: servers shrink larger ones themselves. */
const LONGEST_SIDE = 2048;

/** Pictures as data URLs, as messages carry them: PNG, so that none is changed but by size. */
export function dataUrls(context: Pick<RunContext, 'resize' | 'encodePng'>, { images }: ImageValue): Promise<string[]> {
  return Promise.all(
    images.map(async (image) => {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
      const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale))) as [
        number,
        number,
      ];
      const sent = scale < 1 ? await context.resize(image, width, height, 'bicubic') : image;
      return `data:image/png;base64,${Buffer.from(await context.encodePng(sent)).toString('base64')}`;
    }),
  );
}
