import { readFile } from 'node:fs/promises';
import type { Split, World } from '../../../nodes/training/data/world.ts';
import { drawnData } from '../comparison/data.ts';

/** A problem with its true answer, and its picture where it is about one. */
export interface Asked {
  readonly question: string;
  readonly answer: string;
  /** Path of its picture. */
  readonly picture?: string;
}

/** The problems of a measurement. */
export interface Problems {
  readonly name: DataName;
  readonly split: Split;
  readonly seed: number;
  readonly n: number;
  /** Whether each is about a picture. */
  readonly pictures: boolean;
  open(): Promise<OpenProblems>;
}

export interface OpenProblems {
  at(index: number): Promise<Asked>;
  /** Removes pictures that were made for it. */
  close(): Promise<void>;
}

export type DataName = 'arithmetic' | World['name'];

/** What problems are drawn from, the written ones first. */
export const DATA_NAMES = ['arithmetic', 'visual-arithmetic', 'digits', 'shapes'] as const satisfies DataName[];

/** Problem `index` is the same whatever was drawn before. */
export async function problemsOf(name: DataName, split: Split, n: number, seed: number): Promise<Problems> {
  if (name === 'arithmetic') return written(split, n, seed);
  // What draws scenes is not loaded with every start.
  const { loadWorld } = await import('../../../nodes/training/data/worlds.ts');
  const world = await loadWorld(name, (path) => readFile(path, 'utf8'));
  const drawn = drawnData({ world, split, n, seed });
  return {
    ...{ name, split, n, seed, pictures: true },
    async open() {
      const data = await drawn.open();
      return {
        async at(index) {
          const { question, answer, picture } = data.at(index);
          return { question, answer, picture: await picture('seeing') };
        },
        close: () => data.close(),
      };
    },
  };
}

/** Word problems: those of the test split have stories and numbers that no training had. */
async function written(split: Split, n: number, seed: number): Promise<Problems> {
  const { problemAt } = await import('../../../nodes/training/data/arithmetic/problem.ts');
  return {
    ...{ name: 'arithmetic', split, n, seed, pictures: false },
    open: async () => ({
      async at(index) {
        const { question, answer } = problemAt(split, seed, index);
        return { question, answer };
      },
      close: async () => {},
    }),
  };
}
