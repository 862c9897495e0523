import { ground } from './ground.ts';

/** A colour as every program that draws SVG reads it: `#rrggbb`, and its opacity where it is not opaque. */
export interface Paint {
  readonly colour: string;
  readonly opacity?: number;
}

const known = new Map<string, Paint | undefined>();
const CLEAR = new Set(['', 'none', 'transparent', 'rgba(0, 0, 0, 0)']);

/** A computed colour (`oklab(…)`, `color(srgb …)`), mixed down to what is seen; undefined where nothing is painted. */
export function paintOf(computed: string): Paint | undefined {
  if (CLEAR.has(computed) || computed.startsWith('url(')) return undefined;
  if (!known.has(computed)) known.set(computed, mixed(computed));
  return known.get(computed);
}

function mixed(computed: string): Paint | undefined {
  const { context } = ground(1, 1);
  context.fillStyle = computed;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
  if (alpha === 0) return undefined;
  const colour = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
  return alpha === 255 ? { colour } : { colour, opacity: alpha / 255 };
}
