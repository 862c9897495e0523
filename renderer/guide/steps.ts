import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { fieldsOf } from '../inspector/fields.ts';
import { paramsOf } from '../store/library.ts';

export interface Step {
  readonly id: 'run' | 'ask' | 'photo' | 'swap' | 'compare';
  readonly title: string;
  /** What to do; `{compare.open}` stands for the keys of that command. */
  readonly how: string;
  /** The command that does it, or ends it. */
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
    how: 'Write it into the Prompt node and run, “Is there a red square?” say: what the question does not touch is reused.',
    command: 'run.start',
  },
  {
    id: 'photo',
    title: 'Use your own picture',
    how: 'Drop it onto the Image node, or select that and add it in the inspector. The small models know coloured shapes and digits only.',
  },
  {
    id: 'swap',
    title: 'Swap the connector',
    how: 'Select the Projector and choose another model in the inspector: with “Tiny patch merger” 64 visual tokens become 16.',
  },
  {
    id: 'compare',
    title: 'Compare two graphs',
    how: 'Run two on one picture and one question; {compare.open} measures them on many.',
    command: 'view.panes',
  },
];

/** What a person did that matters here. */
export type Deed = 'opened' | 'wrote' | 'added' | 'swapped' | 'started' | 'finished' | 'compared';

/** How far a question of the person's own is. */
export type Question = 'none' | 'written' | 'asked';

interface Outcome {
  readonly question: Question;
  readonly steps: readonly Step['id'][];
}

/** What a deed has done of the steps. A question counts once a run that began after it was written has finished. */
export function after(question: Question, deed: Deed): Outcome {
  switch (deed) {
    case 'opened':
      return { question: 'none', steps: [] };
    case 'wrote':
      return { question: 'written', steps: [] };
    case 'started':
      return { question: question === 'none' ? 'none' : 'asked', steps: [] };
    case 'finished':
      return question === 'asked' ? { question: 'none', steps: ['run', 'ask'] } : { question, steps: ['run'] };
    case 'added':
      return { question, steps: ['photo'] };
    case 'swapped':
      return { question, steps: ['swap'] };
    case 'compared':
      return { question, steps: ['compare'] };
  }
}

/** What an edit of a document was, in it or in a subgraph. */
export function deedsIn(before: GraphDocument, now: GraphDocument): ReadonlySet<Deed> {
  const inSubgraphs = Object.keys(now.subgraphs ?? {}).map(
    (name) => [before.subgraphs?.[name]?.nodes ?? {}, now.subgraphs?.[name]?.nodes ?? {}] as const,
  );
  const deeds = [[before.nodes, now.nodes] as const, ...inSubgraphs].flatMap(([old, nodes]) =>
    Object.entries(nodes).flatMap(([id, node]) => (node === old[id] ? [] : deedsOn(old[id], node))),
  );
  return new Set(deeds);
}

function deedsOn(before: GraphNode | undefined, now: GraphNode): Deed[] {
  const category = definitionOf(now.kind)?.category;
  const [was, is] = [before?.kind === now.kind ? paramsOf(before) : undefined, paramsOf(now)];
  return fieldsOf(now.kind).flatMap(({ name, control, advanced }): Deed[] => {
    if (was?.[name] === is[name]) return [];
    if (control === 'image') return isOwn(is[name]) ? ['added'] : [];
    // A node that is new, pasted say, is no question and no other connector yet.
    if (was === undefined) return [];
    if (control === 'text' && category === 'Input' && !advanced) return ['wrote'];
    return category === 'Fusion' && (name === 'model' || name === 'design') ? ['swapped'] : [];
  });
}

/** Whether a picture did not come with the app. */
const isOwn = (source: unknown) => typeof source === 'string' && source !== '' && !source.startsWith('example:');
