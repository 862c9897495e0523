import { classesOf, drawPairs, drawSingle, recall } from '../../../nodes/training/evaluation/matching.ts';
import { type Score, scoreOf } from '../../../nodes/training/evaluation/score.ts';
import type { OutputSummary } from '../executor/events.ts';
import type { Drawn, Running } from './answers.ts';
import { matchingGraph } from './graphs.ts';
import { ScenePictures } from './pictures.ts';
import { Runner } from './runner.ts';

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
  /** Cosines of each scene's picture with each of the texts, as far as it came. */
  const cosines = async (scenes: readonly unknown[], texts: readonly string[], before: number) => {
    const rows: number[][] = [];
    let runner: Runner | undefined;
    for (const scene of scenes) {
      if (signal.aborted) break;
      const source = await pictures.draw(scene);
      const { nodes, ...graph } = matchingGraph(reference, texts);
      const photo = { kind: 'image', params: { source } };
      runner ??= await Runner.open(engine, { ...graph, nodes: { ...nodes, photo } }, 'texts', undefined);
      const outputs = await runner.run({ photo: { source } }, signal);
      if (!outputs) break;
      rows.push(cosinesIn(outputs));
      onDone(before + rows.length, PAIRS + n);
    }
    return rows;
  };
  try {
    const pairs = drawPairs(world, split, seed, PAIRS);
    const square = await cosines(
      pairs.map(({ scene }) => scene),
      pairs.map(({ caption }) => caption),
      0,
    );
    const classes = classesOf(world);
    const singles = Array.from({ length: n }, (_, index) => drawSingle(world, split, seed, index));
    const rows = await cosines(
      singles.map(({ scene }) => scene),
      classes,
      PAIRS,
    );
    if (rows.length === 0) return undefined;
    const right = rows.filter((row, i) => classes[row.indexOf(Math.max(...row))] === singles[i]?.name).length;
    const { rows: imageToText, columns: textToImage } = recall(square);
    return {
      n: PAIRS,
      recall: { imageToText, textToImage },
      zeroShot: { ...scoreOf(right, rows.length), classes: classes.length },
    };
  } finally {
    await pictures.remove();
  }
}

function cosinesIn({ table }: Readonly<Record<string, OutputSummary>>): number[] {
  if (table?.type !== 'table') throw new Error('the texts gave no table');
  const column = table.columns.indexOf('cosine');
  return table.rows.map((row) => Number(row[column]));
}
