import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { definitionOf } from '../../nodes/registry.ts';

export interface Step {
  readonly id: 'run' | 'ask' | 'photo' | 'swap' | 'train';
  readonly title: string;
  /** What to do, with the command that does it where there is one. */
  readonly how: string;
  readonly command?: string;
}

/** The first five minutes: each step ticks itself when it was really done. */
export const steps: readonly Step[] = [
  {
    id: 'run',
    title: 'Run the example',
    how: 'Every node shows its tokens, its latency and what came out.',
    command: 'run.start',
  },
  {
    id: 'ask',
    title: 'Ask your own question',
    how: 'Write it into the question’s node, and run: what the question does not touch is reused.',
    command: 'run.start',
  },
  {
    id: 'photo',
    title: 'Drop in a photo',
    how: 'Drag a picture from your files onto the canvas, or choose one in the inspector of the image.',
  },
  {
    id: 'swap',
    title: 'Swap the connector',
    how: 'Give the projector another design in the inspector, or add a Q-Former in its place, and run.',
    command: 'run.start',
  },
  {
    id: 'train',
    title: 'Train it, or compare',
    how: 'Select the connector and train it on generated pictures, or compare two graphs on the same items.',
    command: 'compare.open',
  },
];

/** What a finished run asked, and through which connectors. */
export interface Ran {
  readonly asked: string;
  readonly fusion: string;
}

export function ranOf({ nodes }: GraphDocument): Ran {
  const all = Object.values(nodes);
  return {
    asked: JSON.stringify(all.filter(({ kind }) => kind === 'prompt').map(({ params }) => params?.text)),
    fusion: JSON.stringify(all.filter(isFusion).map(({ kind, params }) => [kind, params])),
  };
}

const isFusion = ({ kind }: GraphNode) => definitionOf(kind)?.category === 'Fusion';

/** The steps that a finished run is proof of, told by the run before it over the same or another graph. */
export function doneByRun(now: Ran, before: Ran | undefined): Step['id'][] {
  const differs = (what: keyof Ran) => before !== undefined && before[what] !== now[what];
  return ['run', ...(differs('asked') ? (['ask'] as const) : []), ...(differs('fusion') ? (['swap'] as const) : [])];
}

/** Whether a graph holds a picture of this user's own. */
export function hasOwnPicture({ nodes }: GraphDocument): boolean {
  return Object.values(nodes).some(({ params }) =>
    Object.values(params ?? {}).some((value) => typeof value === 'string' && value.startsWith('picture:')),
  );
}
