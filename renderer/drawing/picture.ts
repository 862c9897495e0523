import type { Frame } from './drawing.ts';
import { ground } from './ground.ts';

/** Pixels of a picture for each pixel of the canvas that it covers. */
const DENSITY = 2;

/**
 * The part of a picture that is seen and where, its bytes in the text: as PNG or JPEG, whichever is smaller, for WebP, which
 * the app shows, is not read everywhere. Undefined for one that is not loaded.
 */
export function pictureIn(
  image: HTMLImageElement,
  style: CSSStyleDeclaration,
  box: Frame,
): { readonly box: Frame; readonly url: string } | undefined {
  const { naturalWidth, naturalHeight } = image;
  if (naturalWidth === 0 || box.width === 0 || box.height === 0) return undefined;
  const ratios = [box.width / naturalWidth, box.height / naturalHeight];
  const covers = style.objectFit === 'cover';
  const scale = covers ? Math.max(...ratios) : Math.min(...ratios);
  const [width, height] = [Math.min(box.width, scale * naturalWidth), Math.min(box.height, scale * naturalHeight)];
  const shown = { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
  const density = Math.min(DENSITY, 1 / scale);
  const { canvas, context } = ground(density * width, density * height);
  const [partWidth, partHeight] = [width / scale, height / scale];
  const [left, top] = [(naturalWidth - partWidth) / 2, (naturalHeight - partHeight) / 2];
  context.drawImage(image, left, top, partWidth, partHeight, 0, 0, canvas.width, canvas.height);
  const [url = ''] = [canvas.toDataURL('image/png'), canvas.toDataURL('image/jpeg', 0.92)].sort(
    (a, b) => a.length - b.length,
  );
  return { box: shown, url };
}
