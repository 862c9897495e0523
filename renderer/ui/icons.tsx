import type { Category } from '../../nodes/definition.ts';

/** Of node kinds, by their own names. */
const KINDS = {
  image: 'M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.4 6.2v.1',
  prompt: 'M3.5 5V3.5h9V5M8 3.5v9M6 12.5h4',
  tiler: 'M2.5 2.5h11v11h-11zM8 2.5v11M2.5 8h11',
  'vision-encoder':
    'M1.5 8s2.4-4 6.5-4 6.5 4 6.5 4-2.4 4-6.5 4-6.5-4-6.5-4zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  similarity: 'M6 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  projector: 'M3.5 2.5v11l9-3v-5z',
  'q-former': 'M3 3.5h3M3 8h3M3 12.5h3M6 3.5L12.5 8M6 8h6.5M6 12.5L12.5 8',
  'cross-attention-adapter': 'M2.5 4.5h3l5 7h3M2.5 11.5h3l5-7h3M12 3l1.5 1.5L12 6M12 10l1.5 1.5L12 13',
  llm: 'M2.5 3.5h11v7h-6l-3 2.5v-2.5h-2zM5 6h6M5 8.2h4',
  'onnx-model': 'M8 2.5l5 2.8v5.4l-5 2.8-5-2.8V5.3zM8 8l5-2.7M8 8v5.5M8 8L3 5.3',
  verifier: 'M8 2l5 2v4c0 3-2.2 4.8-5 6-2.8-1.2-5-3-5-6V4zM5.8 8l1.7 1.7 2.9-3.2',
  critic: 'M8 2.5v11M5.5 13.5h5M3 4.5h10M3 4.5L1.5 9h3zM13 4.5L11.5 9h3z',
  'search-loop': 'M8 3v3.5M8 6.5L4 10M8 6.5l4 3.5M4 10v2.5M12 10v2.5M8 6.5v6',
  speculative: 'M3 4v8l5-4zM8.5 4v8l5-4z',
  router: 'M2.5 8h3l4-4h4M5.5 8l4 4h4M12 2.5L13.5 4 12 5.5M12 10.5l1.5 1.5-1.5 1.5',
  switch: 'M5.5 4.5h5a3.5 3.5 0 0 1 0 7h-5a3.5 3.5 0 0 1 0-7zM5.5 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z',
  repeat: 'M13 7A5 5 0 0 0 3.8 5.2M3.5 2.5v3h3M3 9a5 5 0 0 0 9.2 1.8M12.5 13.5v-3h-3',
  view: 'M2.5 3.5h11v7.5h-11zM6 13.5h4M5 8.5V7M8 8.5V5.5M11 8.5v-2',
  subgraph: 'M2.5 2.5h11v11h-11zM5 5h2.5v2.5H5zM8.5 8.5H11V11H8.5zM7.5 6.2H10v2.3',
  'subgraph-input': 'M7 3.5h6v9H7M2.5 8H10M7.5 5.5L10 8l-2.5 2.5',
  'subgraph-output': 'M9 3.5H3v9h6M6 8h7.5M11 5.5L13.5 8 11 10.5',
} as const;

const PATHS = {
  play: 'M5 3.5v9l7.5-4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  plus: 'M8 3.5v9M3.5 8h9',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.2 3.2',
  folder: 'M2.5 12.5v-9h4l1.5 2h5.5v7z',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  alert: 'M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.2',
  check: 'M3.5 8.5l3 3 6-7',
  enter: 'M9.5 2.5h4v4M13.2 2.8L8.5 7.5M6.5 3.5h-3v9h9v-3',
  pencil: 'M3 13l.6-2.8L11 2.8l2.2 2.2-7.4 7.4zM9.6 4.2l2.2 2.2',
  chevron: 'M4.5 6.5L8 10l3.5-3.5',
  ...KINDS,
} as const;

export type IconName = keyof typeof PATHS;

/** Each node kind has an icon of its own; one that is not known here says so. */
export const kindIcon = (kind = ''): IconName => (Object.hasOwn(KINDS, kind) ? (kind as IconName) : 'alert');

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const filled = name === 'play' || name === 'stop';
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={filled ? 0 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export const categoryColour = (category: Category) => `var(--cat-${category.toLowerCase()})`;
