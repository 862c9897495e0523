import type { Category } from '../../nodes/definition.ts';

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
  Input: 'M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.4 6.2v.1',
  Vision: 'M1.5 8s2.4-4 6.5-4 6.5 4 6.5 4-2.4 4-6.5 4-6.5-4-6.5-4zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  Fusion: 'M2 4.5c6 0 4 3.5 12 3.5M2 11.5c6 0 4-3.5 12-3.5M11.5 5.5L14 8l-2.5 2.5',
  Language: 'M2.5 3.5h11v7h-6l-3 2.5v-2.5h-2zM5 6h6M5 8.2h4',
  Reasoning: 'M8 3v3.5M8 6.5L4 10M8 6.5l4 3.5M4 10v2.5M12 10v2.5M8 6.5v6',
  Subgraph: 'M2.5 2.5h11v11h-11zM5 5h2.5v2.5H5zM8.5 8.5H11V11H8.5zM7.5 6.2H10v2.3',
  Output: 'M2.5 3.5h11v7.5h-11zM6 13.5h4M5 8.5V7M8 8.5V5.5M11 8.5v-2',
  Other: 'M8 2.5l5 2.8v5.4l-5 2.8-5-2.8V5.3zM8 8l5-2.7M8 8v5.5M8 8L3 5.3',
} satisfies Record<Category | string, string>;

export type IconName = keyof typeof PATHS;

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
