import type { Raster } from '../../values.ts';

/** Numbers in [0, 1), as `uniformGenerator` of nodes/generation makes them from a seed. */
export type Random = () => number;

export type Split = 'train' | 'validation' | 'test';

/** The four kinds of hallucination that the field tells apart (Bai et al. 2024, "Hallucination of Multimodal LLMs"). */
export type Hallucination = 'object' | 'attribute' | 'relation' | 'quantity';

/** A thing as a question names it, and the words for its place. */
export interface Mention {
  readonly text: string;
  readonly place: string;
}

export interface Question {
  readonly question: string;
  /** Lower case, as the tokenizer decodes it: compare it exactly. */
  readonly answer: string;
  readonly kind: string;
  /** What a wrong answer would be called. */
  readonly hallucination: Hallucination;
  /** What it names; absent where its places are not known from what is told. */
  readonly mentions?: readonly Mention[];
}

/** Per task, the class of every patch, row by row, `[rows · rows]`. Class 0 says that there is nothing. */
export type PatchLabels = Readonly<Record<string, Uint8Array>>;

/**
 * A source of scenes with pictures, words, questions and true answers. Everything is a function of the random numbers,
 * and lengths in scenes are in pixels of a 64 × 64 picture.
 */
export interface World<S = unknown> {
  readonly name: 'shapes' | 'digits' | 'visual-arithmetic';
  /** What evaluation reports. */
  readonly kinds: readonly string[];
  /** Kinds that only training asks, as steps towards the others. */
  readonly curriculum: readonly string[];
  /** How many classes each task of `patchLabels` has, class 0 included. */
  readonly patchClasses: Readonly<Record<string, number>>;
  /** A scene of the split; no scene belongs to two. */
  scene(random: Random, split: Split): S;
  /** How many things it holds. */
  size(scene: S): number;
  /** The picture, anti-aliased, `side × side`: the same scene at any size. */
  draw(scene: S, side: number): Raster;
  /** The scene as text that holds what the questions ask, for a language model. `bareCells`: as recipes have it. */
  describe(scene: S, random: Random, bareCells?: boolean): string;
  /**
   * Each thing in words that say the same in any order, one token a word; undefined where that would not tell the scene.
   */
  things(scene: S): readonly string[] | undefined;
  /** A caption as people write it. */
  caption(scene: S, random: Random): string;
  /** A question of that kind, else of any of `kinds`; undefined where the scene allows none of that kind. */
  ask(scene: S, random: Random, kind?: string): Question | undefined;
  /** Dense labels on a grid of `rows × rows` patches. */
  patchLabels(scene: S, rows: number): PatchLabels;
}

/** Those that models are trained on; the others are asked about only. */
export type TrainingWorld = Exclude<World['name'], 'visual-arithmetic'>;

/** Side of the square that scenes are measured in. */
export const SIDE = 64;

/** Rows, and columns, of the grid that places are named by. */
export const CELLS = 8;
