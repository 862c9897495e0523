import { paintOf } from './colours.ts';
import { type Attributes, escaped, rounded, tag } from './xml.ts';

/** What is drawn in a picture of the page that is SVG itself. */

const SHAPES = 'path, rect, circle, ellipse, line, polyline, polygon, text';
/** Where shapes stand that are not drawn there. */
const ASIDE = 'defs, clipPath, marker, pattern, symbol';
/** Attributes that say where a shape is. */
const PLACES = [
  'd',
  'x',
  'y',
  'width',
  'height',
  'rx',
  'ry',
  'cx',
  'cy',
  'r',
  'x1',
  'y1',
  'x2',
  'y2',
  'dx',
  'dy',
  'points',
];

/** The shapes of an SVG element as they are seen; `local` turns a matrix to the screen into one to the drawing. */
export function shapesIn(root: SVGElement, local: (screen: DOMMatrix) => DOMMatrix): string {
  return [...root.querySelectorAll<SVGGraphicsElement>(SHAPES)].map((shape) => drawn(shape, root, local)).join('');
}

function drawn(shape: SVGGraphicsElement, root: SVGElement, local: (screen: DOMMatrix) => DOMMatrix): string {
  const style = getComputedStyle(shape);
  const screen = shape.getScreenCTM();
  const opacity = opacityWithin(shape, root);
  if (!screen || opacity === 0 || style.visibility === 'hidden' || shape.closest(ASIDE)) return '';
  const paints = paintsOf(style);
  if (paints.fill === 'none' && !paints.stroke) return '';
  const places = PLACES.map((name) => [name, shape.getAttribute(name) ?? undefined]);
  const attributes = {
    ...Object.fromEntries(places),
    ...paints,
    opacity: opacity < 1 ? opacity : undefined,
    transform: transformOf(local(DOMMatrix.fromMatrix(screen))),
  };
  if (!(shape instanceof SVGTextElement)) return tag(shape.tagName, attributes);
  const written = (paint: Attributes) =>
    tag('text', { ...attributes, ...lettersOf(style), ...paint }, lettersIn(shape));
  // An outline lies behind its letters, which not every program can be told (`paint-order`).
  return paints.stroke ? written({ fill: 'none' }) + written({ stroke: undefined }) : written({});
}

/** With all around it, but for the root, whose own opacity is seen to by who draws it. */
function opacityWithin(shape: Element | null, root: Element): number {
  if (!shape || shape === root) return 1;
  return Number(getComputedStyle(shape).opacity) * opacityWithin(shape.parentElement, root);
}

function paintsOf(style: CSSStyleDeclaration): Attributes {
  const fill = paintOf(style.fill);
  const width = Number.parseFloat(style.strokeWidth);
  const stroke = width > 0 && style.strokeOpacity !== '0' ? paintOf(style.stroke) : undefined;
  const filled = { fill: fill?.colour ?? 'none', 'fill-opacity': less(fill?.opacity, style.fillOpacity) };
  if (!stroke) return filled;
  const dashes = style.strokeDasharray === 'none' ? undefined : style.strokeDasharray.replaceAll('px', '');
  return {
    ...filled,
    stroke: stroke.colour,
    'stroke-opacity': less(stroke.opacity, style.strokeOpacity),
    'stroke-width': width,
    'stroke-linecap': style.strokeLinecap === 'butt' ? undefined : style.strokeLinecap,
    'stroke-linejoin': style.strokeLinejoin === 'miter' ? undefined : style.strokeLinejoin,
    'stroke-dasharray': dashes,
  };
}

function less(of: number | undefined, stated: string): number | undefined {
  const opacity = (of ?? 1) * Number(stated);
  return opacity < 1 ? opacity : undefined;
}

function transformOf({ a, b, c, d, e, f }: DOMMatrix): string | undefined {
  const [scaled, moved] = [[a, b, c, d].map((each) => Math.round(1e6 * each) / 1e6), [e, f].map(rounded)];
  const isStill = scaled.join() === '1,0,0,1' && moved.every((each) => each === 0);
  return isStill ? undefined : `matrix(${[...scaled, ...moved].join(' ')})`;
}

function lettersOf(style: CSSStyleDeclaration): Attributes {
  return {
    'font-family': style.fontFamily,
    'font-size': Number.parseFloat(style.fontSize),
    'font-weight': style.fontWeight,
    'text-anchor': style.textAnchor === 'start' ? undefined : style.textAnchor,
  };
}

/** What a text says, line by line where it has lines of its own (`tspan`). */
function lettersIn(text: SVGTextElement): string {
  return [...text.childNodes]
    .map((child) => {
      const letters = escaped(child.textContent ?? '');
      if (!(child instanceof SVGTSpanElement)) return letters;
      return tag(
        'tspan',
        Object.fromEntries(PLACES.map((name) => [name, child.getAttribute(name) ?? undefined])),
        letters,
      );
    })
    .join('');
}
