import type { GraphDocument } from '../../../graphs/document.ts';
import { runningPart } from '../../../graphs/modes.ts';
import { catalog } from '../../../nodes/catalog.ts';
import type { Split, World } from '../../../nodes/training/data/world.ts';
import { askedIn, drawItem, type Item, type Mode, shownIn } from '../../../nodes/training/evaluation/items.ts';
import { isRight, type Judged } from '../../../nodes/training/evaluation/score.ts';
import type { EngineProcess } from '../engine/process.ts';
import type { OutputSummary } from '../executor/events.ts';
import { ScenePictures } from './pictures.ts';
import { type Pipeline, pipelineOf } from './pipeline.ts';
import { type Changes, Runner, withParams } from './runner.ts';

/** The items that something is measured on. */
export interface Drawn {
  readonly world: World;
  readonly split: Split;
  readonly n: number;
  readonly seed: number;
}

/** What a measurement runs in. */
export interface Running {
  readonly engine: EngineProcess;
  /** Ends it after the items that are done. */
  readonly signal: AbortSignal;
  onDone(done: number, of: number): void;
}

/** Puts each item's question to a graph's LLM, and holds the answer against the true one. */
export async function judgeAnswers(
  graph: { readonly document: GraphDocument; readonly folder?: string },
  mode: Mode,
  { world, split, n, seed }: Drawn,
  { engine, signal, onDone }: Running,
): Promise<readonly Judged[]> {
  const pipeline = pipelineOf(runningPart(graph.document, catalog), mode);
  const pictures = await ScenePictures.in(world);
  const judged: Judged[] = [];
  try {
    let runner: Runner | undefined;
    for (let index = 0; index < n && !signal.aborted; index++) {
      const item = drawItem(world, split, seed, index);
      const changes = await changesFor(pipeline, item, mode, pictures);
      // The graph's own picture need not be there.
      runner ??= await Runner.open(engine, withParams(pipeline.document, changes), pipeline.llm, graph.folder);
      const outputs = await runner.run(changes, signal);
      if (!outputs) break;
      const { kind, hallucination, answer } = item.question;
      const size = world.size(item.scene);
      judged.push({ kind, hallucination, size, right: isRight(answerText(outputs), answer) });
      onDone(judged.length, n);
    }
  } finally {
    await pictures.remove();
  }
  return judged;
}

/** What shows an item to a pipeline; its picture is drawn. */
async function changesFor(
  { prompt, image }: Pipeline,
  item: Item,
  mode: Mode,
  pictures: ScenePictures,
): Promise<Changes> {
  const shown = shownIn(item, mode);
  return {
    [prompt]: { text: askedIn(item, mode) },
    ...(image !== undefined && shown !== undefined && { [image]: { source: await pictures.draw(shown) } }),
  };
}

export function answerText({ answer }: Readonly<Record<string, OutputSummary>>): string {
  if (answer?.type !== 'answer') throw new Error('the LLM gave no answer');
  return answer.text;
}
