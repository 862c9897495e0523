import { classesOf, drawPairs, drawSingle, recall } from '../../../nodes/training/evaluation/matching.ts';
import { type Score, scoreOf } from '../../../nodes/training/evaluation/score.ts';
import type { OutputSummary } from '../executor/events.ts';
import type { Drawn, Running } from './answers.ts';
import { matchingGraph } from './graphs.ts';
import { ScenePictures } from './pictures.ts';
import { Runner, withParams } from './runner.ts';

/** How well the towers of an encoder match pictures and texts; fields as in a card. */
export interface Matches {
  /** Pairs of which each picks its own among all. */
  readonly n: number;
  /** Recall@1, fractions of 1. */
  readonly recall: { readonly imageToText: number; readonly textToImage: number };
  /** Classification of pictures of one thing by a caption for each class. */
  readonly zeroShot: Score & { readonly classes: number };
}

const PAIRS = 100;

/** Undefined where it was stopped before there was something to say. */
export async function measureMatches(
  reference: string,
  { world, split, n, seed }: Drawn,
  { engine, signal, onDone }: Running,
): Promise<Matches | undefined> {
  const pictures = await ScenePictures.in(world);
  try {
    const pairs = drawPairs(world, split, seed, PAIRS);
    const classes = classesOf(world);
    const names: string[] = [];
    const singles = function* () {
      for (let index = 0; index < n; index++) {
        const { scene, name } = drawSingle(world, split, seed, index);
        names.push(name);
        yield scene;
      }
    };
    let done = 0;
    const compare = async (scenes: Iterable<unknown>, texts: readonly string[]) => {
      const rows: number[][] = [];
      for await (const row of cosines(reference, scenes, texts, pictures, { engine, signal })) {
        rows.push(row);
        onDone(++done, PAIRS + n);
      }
      return rows;
    };
    const all = await compare(
      pairs.map(({ scene }) => scene),
      pairs.map(({ caption }) => caption),
    );
    const rows = await compare(singles(), classes);
    if (rows.length === 0) return undefined;
    const right = rows.filter((row, i) => classes[row.indexOf(Math.max(...row))] === names[i]).length;
    const { rows: imageToText, columns: textToImage } = recall(all);
    return {
      n: PAIRS,
      recall: { imageToText, textToImage },
      zeroShot: { ...scoreOf(right, rows.length), classes: classes.length },
    };
  } finally {
    await pictures.remove();
  }
}

/** Of each scene's picture with each of the texts, until it is stopped. */
async function* cosines(
  reference: string,
  scenes: Iterable<unknown>,
  texts: readonly string[],
  pictures: ScenePictures,
  { engine, signal }: Pick<Running, 'engine' | 'signal'>,
): AsyncGenerator<number[], void, void> {
  let runner: Runner | undefined;
  for (const scene of scenes) {
    if (signal.aborted) return;
    const photo = { source: await pictures.draw(scene) };
    runner ??= await Runner.open(engine, withParams(matchingGraph(reference, texts), { photo }), 'texts');
    const outputs = await runner.run({ photo }, signal);
    if (!outputs) return;
    yield cosinesIn(outputs);
  }
}

function cosinesIn({ table }: Readonly<Record<string, OutputSummary>>): number[] {
  if (table?.type !== 'table') throw new Error('the texts gave no table');
  const column = table.columns.indexOf('cosine');
  return table.rows.map((row) => Number(row[column]));
}
