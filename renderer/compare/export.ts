import type { Comparison } from '../../graphs/comparison.ts';
import { csvOf, markdownOf } from '../../graphs/comparison-text.ts';

/** Files of a comparison, handed to the browser as downloads. */

export const saveJson = (title: string, result: Comparison) =>
  download(title, 'json', 'application/json', `${JSON.stringify(result, null, 2)}\n`);
export const saveCsv = (title: string, result: Comparison) => download(title, 'csv', 'text/csv', csvOf(result));
export const saveMarkdown = (title: string, result: Comparison) =>
  download(title, 'md', 'text/markdown', markdownOf(result));

/** All plots of the box, one below another. */
export function saveSvg(box: HTMLElement, title: string): void {
  download(title, 'svg', 'image/svg+xml', svgOf(box).text);
}

/** At twice their size. */
export async function savePng(box: HTMLElement, title: string): Promise<void> {
  const { text, width, height } = svgOf(box);
  const picture = new Image();
  picture.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    await picture.decode();
    const canvas = new OffscreenCanvas(2 * width, 2 * height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser draws no pictures: export SVG instead.');
    context.drawImage(picture, 0, 0, 2 * width, 2 * height);
    download(title, 'png', 'image/png', await canvas.convertToBlob({ type: 'image/png' }));
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

const CAPTION = 26;
const GAP = 18;

interface Svg {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** The plots with their titles in one SVG that needs no style sheet: colours are those that are seen now. */
function svgOf(box: HTMLElement): Svg {
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string) => resolved(page.getPropertyValue(name), box);
  let height = GAP;
  let width = 0;
  const parts: string[] = [];
  for (const figure of box.querySelectorAll('figure')) {
    const plot = figure.querySelector('svg');
    if (!plot) continue;
    const [, , wide = 0, high = 0] = plot.viewBox.baseVal
      ? [0, 0, plot.viewBox.baseVal.width, plot.viewBox.baseVal.height]
      : [];
    const title = escaped(figure.dataset.title ?? '');
    parts.push(
      `<text x="${GAP}" y="${height + 12}" font-weight="600" fill="${colour('--text')}">${title}</text>`,
      `<g transform="translate(${GAP} ${height + CAPTION})">${styled(plot)}</g>`,
    );
    height += CAPTION + high + GAP;
    width = Math.max(width, wide + 2 * GAP);
  }
  const font = 'font-family="system-ui, sans-serif" font-size="12"';
  const background = `<rect width="100%" height="100%" fill="${colour('--card')}"/>`;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>${background}${parts.join('')}</svg>`;
  return { text, width, height };
}

const PAINTED = ['fill', 'stroke', 'color'] as const;

/** A plot as text, each element with the colours that style sheets and variables give it. */
function styled(plot: SVGSVGElement): string {
  const copy = plot.cloneNode(true) as SVGSVGElement;
  const originals = [plot, ...plot.querySelectorAll('*')];
  for (const [i, element] of [copy, ...copy.querySelectorAll('*')].entries()) {
    const style = getComputedStyle(originals[i] as Element);
    for (const name of PAINTED) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute('class');
  }
  return new XMLSerializer().serializeToString(copy);
}

/** A colour as drawn, `light-dark(…)` and variables worked out. */
function resolved(value: string, box: HTMLElement): string {
  const probe = document.createElement('i');
  probe.style.setProperty('color', value);
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function download(title: string, extension: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement('a');
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  link.href = url;
  link.download = `${name || 'comparison'}.${extension}`;
  link.click();
  URL.revokeObjectURL(url);
}
