import { paintOf } from './colours.ts';
import { pictureIn } from './picture.ts';
import { shapesIn } from './shapes.ts';
import { baseline, linesOf } from './text.ts';
import { type Attributes, escaped, tag } from './xml.ts';

/**
 * What the page shows as plain SVG 1.1: boxes, paths, pictures, and text that stays text. It has no style sheet, no font and
 * no HTML in it (`foreignObject`), so that it is drawn alike by browsers, Inkscape, librsvg and what LaTeX takes.
 */

export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draws `parts` of `root`, in their order; `frame`: what of the root is seen, in its own pixels. */
export function drawingOf(root: HTMLElement, parts: readonly Element[], frame: Frame, title: string): string {
  const page = getComputedStyle(document.body);
  const pen = new Pen(root, page);
  const { x, y, width, height } = frame;
  const background = tag('rect', { x, y, width, height, fill: paintOf(page.backgroundColor)?.colour ?? '#ffffff' });
  const body = parts.map((part) => pen.draw(part)).join('');
  const root_ = {
    xmlns: 'http://www.w3.org/2000/svg',
    'xmlns:xlink': 'http://www.w3.org/1999/xlink',
    width,
    height,
    viewBox: [x, y, width, height].join(' '),
  };
  return tag('svg', root_, tag('title', {}, escaped(title)) + tag('g', textStyle(page), background + body));
}

class Pen {
  private clips = 0;
  private readonly origin: DOMRect;
  private readonly scale: number;
  /** What text has that says nothing else of itself. */
  private readonly usual: Attributes;

  constructor(root: HTMLElement, page: CSSStyleDeclaration) {
    this.origin = root.getBoundingClientRect();
    this.scale = this.origin.width / root.offsetWidth;
    this.usual = textStyle(page);
  }

  draw(element: Element): string {
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.visibility === 'hidden' || style.clipPath !== 'none') return '';
    if (element instanceof HTMLTextAreaElement) return this.field(element, style);
    const box = this.placed(element.getBoundingClientRect());
    const inner = this.inside(element, style, box);
    const opacity = Number(style.opacity);
    const whole = (style.display === 'list-item' ? this.bullet(style, box) : '') + boxOf(style, box) + inner;
    return opacity < 1 && whole !== '' ? tag('g', { opacity }, whole) : whole;
  }

  private inside(element: Element, style: CSSStyleDeclaration, box: Frame): string {
    if (element instanceof SVGElement) return shapesIn(element, (matrix) => this.local(matrix));
    if (element instanceof HTMLImageElement) {
      const picture = pictureIn(element, style, box);
      return picture ? tag('image', { ...picture.box, 'xlink:href': picture.url, preserveAspectRatio: 'none' }) : '';
    }
    const inner = [...element.childNodes].map((child) => {
      if (child instanceof Text) return this.text(child, style);
      return child instanceof Element ? this.draw(child) : '';
    });
    const drawn = inner.join('');
    return drawn !== '' && isClipped(element, style) ? this.clipped(drawn, style, box) : drawn;
  }

  private text(node: Text, style: CSSStyleDeclaration): string {
    const own = Object.entries(textStyle(style)).filter(([name, value]) => value !== this.usual[name]);
    return linesOf(node, style)
      .map(({ text, box }) => {
        const { x, y, width, height } = this.placed(box);
        // A font of another machine is spaced out to the room that there is.
        const at = { x, y: y + height * baseline(style), textLength: width };
        return tag('text', { ...at, ...Object.fromEntries(own) }, escaped(text));
      })
      .join('');
  }

  /** What is written in a field stands in no text of the page: while it is drawn, a box of the same style holds it. */
  private field(area: HTMLTextAreaElement, style: CSSStyleDeclaration): string {
    const stand = document.createElement('div');
    for (const name of style) stand.style.setProperty(name, style.getPropertyValue(name));
    stand.textContent = area.value;
    const { display } = area.style;
    area.after(stand);
    stand.scrollTop = area.scrollTop;
    area.style.display = 'none';
    try {
      return this.draw(stand);
    } finally {
      stand.remove();
      area.style.display = display;
    }
  }

  private bullet(style: CSSStyleDeclaration, { x, y }: Frame): string {
    const line = Number.parseFloat(style.lineHeight);
    return tag('circle', { cx: x - 10, cy: y + line / 2, r: 2, ...filled(style.color) });
  }

  private clipped(inner: string, style: CSSStyleDeclaration, box: Frame): string {
    const id = `clip-${++this.clips}`;
    const edge = tag('rect', { ...box, rx: radiusOf(style, box) || undefined });
    return tag('clipPath', { id }, edge) + tag('g', { 'clip-path': `url(#${id})` }, inner);
  }

  private placed({ x, y, width, height }: Frame): Frame {
    const { origin, scale } = this;
    return { x: (x - origin.x) / scale, y: (y - origin.y) / scale, width: width / scale, height: height / scale };
  }

  private local(screen: DOMMatrix): DOMMatrix {
    return new DOMMatrix()
      .scale(1 / this.scale)
      .multiply(new DOMMatrix().translate(-this.origin.x, -this.origin.y))
      .multiply(screen);
  }
}

/** Whether some of what is in an element is not seen. */
function isClipped(element: Element, { overflowX, overflowY, borderTopLeftRadius, textOverflow }: CSSStyleDeclaration) {
  if ((overflowX === 'visible' && overflowY === 'visible') || textOverflow === 'ellipsis') return false;
  const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
  if (scrollHeight > clientHeight || scrollWidth > clientWidth) return true;
  return borderTopLeftRadius !== '0px' && element.querySelector('img') !== null;
}

const SIDES = ['Top', 'Right', 'Bottom', 'Left'] as const;

/** Background and border. Shadows are left out: on paper they are dirt. */
function boxOf(style: CSSStyleDeclaration, box: Frame): string {
  const fill = filled(style.backgroundColor);
  const widths = SIDES.map((side) => Number.parseFloat(style[`border${side}Width`]));
  const [width = 0] = widths;
  const radius = radiusOf(style, box);
  if (widths.every((each) => each === width)) {
    const stroke = width > 0 ? strokeOf(style, 'Bottom', width) : {};
    if (fill.fill === 'none' && !('stroke' in stroke)) return '';
    return tag('rect', {
      ...inset(box, width / 2),
      rx: Math.max(0, radius - width / 2) || undefined,
      ...fill,
      ...stroke,
    });
  }
  const ground = fill.fill === 'none' ? '' : tag('rect', { ...box, rx: radius || undefined, ...fill });
  return ground + SIDES.map((side, i) => lineAt(side, style, box, widths[i] ?? 0)).join('');
}

function lineAt(side: (typeof SIDES)[number], style: CSSStyleDeclaration, box: Frame, width: number): string {
  const stroke = width > 0 ? strokeOf(style, side, width) : {};
  if (!('stroke' in stroke)) return '';
  const { x, y, width: wide, height } = inset(box, width / 2);
  const [left, top, right, bottom] = [x, y, x + wide, y + height];
  const [x1, x2] = side === 'Left' ? [left, left] : side === 'Right' ? [right, right] : [left, right];
  const [y1, y2] = side === 'Top' ? [top, top] : side === 'Bottom' ? [bottom, bottom] : [top, bottom];
  return tag('line', { x1, y1, x2, y2, ...stroke });
}

function strokeOf(style: CSSStyleDeclaration, side: (typeof SIDES)[number], width: number): Attributes {
  const paint = style[`border${side}Style`] === 'none' ? undefined : paintOf(style[`border${side}Color`]);
  if (!paint) return {};
  const dashes = style[`border${side}Style`] === 'dashed' ? `${3 * width} ${2 * width}` : undefined;
  return { stroke: paint.colour, 'stroke-opacity': paint.opacity, 'stroke-width': width, 'stroke-dasharray': dashes };
}

function filled(colour: string): Attributes {
  const paint = paintOf(colour);
  return { fill: paint?.colour ?? 'none', 'fill-opacity': paint?.opacity };
}

function radiusOf({ borderTopLeftRadius }: CSSStyleDeclaration, { width, height }: Frame): number {
  const most = Math.min(width, height) / 2;
  const radius = Number.parseFloat(borderTopLeftRadius);
  return Math.min(most, borderTopLeftRadius.includes('%') ? (radius / 100) * width : radius);
}

function inset({ x, y, width, height }: Frame, by: number): Frame {
  return { x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: Math.max(0, height - 2 * by) };
}

/** How text is drawn, of an element that holds it. */
function textStyle(style: CSSStyleDeclaration): Attributes {
  const { colour, opacity } = paintOf(style.color) ?? { colour: 'none' };
  return {
    'font-family': style.fontFamily,
    'font-size': Number.parseFloat(style.fontSize),
    'font-weight': style.fontWeight,
    'font-style': style.fontStyle,
    fill: colour,
    'fill-opacity': opacity,
  };
}
