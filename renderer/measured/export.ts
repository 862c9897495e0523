import { drawingOf } from '../drawing/drawing.ts';
import { pngOf } from '../drawing/png.ts';

/** All plots of the box as they are seen, with their legend. */
export function saveSvg(box: HTMLElement, title: string): void {
  download(title, 'svg', 'image/svg+xml', drawn(box, title).svg);
}

/** At twice their size. */
export async function savePng(box: HTMLElement, title: string): Promise<void> {
  const { svg, width, height } = drawn(box, title);
  download(title, 'png', 'image/png', await pngOf(svg, width, height, 2));
}

/** Round the plots, in pixels. */
const MARGIN = 16;

function drawn(box: HTMLElement, title: string) {
  const [width, height] = [box.offsetWidth + 2 * MARGIN, box.offsetHeight + 2 * MARGIN];
  return { svg: drawingOf(box, [box], { x: -MARGIN, y: -MARGIN, width, height }, title), width, height };
}

/** Hands a file to the browser, named after a title. */
export function download(title: string, extension: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement('a');
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  link.href = url;
  link.download = `${name || 'result'}.${extension}`;
  link.click();
  URL.revokeObjectURL(url);
}
