import type { Split } from '../../../nodes/training/data/world.ts';
import { drawItem, shownIn } from '../../../nodes/training/evaluation/items.ts';
import type { Drawn } from '../evaluation/answers.ts';
import { ScenePictures } from '../evaluation/pictures.ts';

/** How a question is put in a comparison: with its picture, or with another one. */
export type Sight = 'seeing' | 'blind';

/** A question about a picture, with its true answer. */
export interface Asked {
  readonly question: string;
  readonly answer: string;
  readonly kind: string;
  /** Path of the picture that is shown: the same file each time. */
  picture(sight: Sight): Promise<string>;
}

/** The questions of a comparison. */
export interface DataSet {
  /** As results call it. */
  readonly name: string;
  readonly split?: Split;
  readonly seed: number;
  /** How many there are. */
  readonly n: number;
  /** Where it can change between two sessions. */
  readonly digest?: string;
  /** Whether there is another picture for each question, so that it can be asked blind. */
  readonly hasOthers: boolean;
  open(): Promise<OpenData>;
}

export interface OpenData {
  at(index: number): Asked;
  /** One for runs that do not count; drawn data has one that is not among those that are asked. */
  spare(): Asked;
  /** Removes pictures that were made for it. */
  close(): Promise<void>;
}

/** Questions about scenes of a world. */
export function drawnData(drawn: Drawn): DataSet {
  const { world, split, n, seed } = drawn;
  return { name: world.name, split, n, seed, hasOthers: true, open: () => openDrawn(drawn) };
}

async function openDrawn({ world, split, n, seed }: Drawn): Promise<OpenData> {
  const pictures = await ScenePictures.in(world);
  const at = (index: number): Asked => {
    const item = drawItem(world, split, seed, index);
    const drawn = new Map<Sight, Promise<string>>();
    return {
      ...item.question,
      picture(sight) {
        const path = drawn.get(sight) ?? pictures.draw(shownIn(item, sight));
        drawn.set(sight, path);
        return path;
      },
    };
  };
  return { at, spare: () => at(n), close: () => pictures.remove() };
}
