import { canonical } from '../../../graphs/canonical.ts';
import { DocumentError, type GraphDocument } from '../../../graphs/document.ts';
import { runningPart } from '../../../graphs/modes.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { Item } from '../../../nodes/training/evaluation/items.ts';
import { isRight } from '../../../nodes/training/evaluation/score.ts';
import type { EngineProcess } from '../engine/process.ts';
import { answerText, changesFor } from '../evaluation/answers.ts';
import type { ScenePictures } from '../evaluation/pictures.ts';
import { lastLlms, type Pipeline, pipelineOf } from '../evaluation/pipeline.ts';
import { type Changes, Runner, withParams } from '../evaluation/runner.ts';
import type { RunResult } from '../executor/events.ts';
import { type Cell, measuredIn, type Turn } from './cells.ts';
import type { Variant } from './setup.ts';

/** A graph of a comparison that cannot run, or failed while it ran. */
export class GraphFailed extends NodeError {
  constructor(
    graph: string,
    error: DocumentError | NodeError,
    readonly stage: 'opening' | 'running',
  ) {
    super(`${graph}: ${error.message}`, error instanceof NodeError ? error.hint : undefined);
    this.name = 'GraphFailed';
  }
}

/** An item, and where its pictures are drawn. */
export interface Shown {
  readonly item: Item;
  readonly pictures: ScenePictures;
}

/** Each run is whole: nothing is taken from an earlier one. */
const WHOLE = { fresh: true };

/** A graph that is ready to take its turns: asked about items, or on its own inputs. */
export class Contestant {
  private shown: Shown | undefined;
  private readonly changes = new Map<'seeing' | 'blind', Changes>();

  private constructor(
    private readonly graph: string,
    private readonly runner: Runner,
    /** Whose first token counts. */
    private readonly llm: string | undefined,
    private readonly pipeline?: Pipeline,
  ) {}

  /** Asked about items where there is one to `show` first. Rejects with `GraphFailed` where the graph cannot run. */
  static async open(engine: EngineProcess, variant: Variant, show: Shown | undefined): Promise<Contestant> {
    const { graph, folder } = variant;
    return naming(graph, 'opening', async () => {
      const document = runningPart(variant.document, catalog);
      if (!show) {
        const [llm, ...others] = lastLlms(document);
        const runner = await Runner.open(engine, document, undefined, folder);
        return new Contestant(graph, runner, others.length === 0 ? llm : undefined);
      }
      const pipeline = pipelineOf(document, 'seeing');
      const changes = await changesFor(pipeline, show.item, 'seeing', show.pictures);
      // The graph's own picture need not be there.
      const asked = withParams(pipeline.document, changes);
      requireSwept(variant, asked);
      const runner = await Runner.open(engine, asked, pipeline.llm, folder);
      return new Contestant(graph, runner, pipeline.llm, pipeline);
    });
  }

  /** Milliseconds of a run that does not count; undefined where it was stopped. */
  async warmUp(show: Shown | undefined, signal: AbortSignal): Promise<number | undefined> {
    return (await this.run('seeing', show, signal))?.totalMs;
  }

  /** Undefined where it was stopped. Rejects with `GraphFailed` where a node failed. */
  async take(turn: Turn, show: Shown | undefined, signal: AbortSignal): Promise<Cell | undefined> {
    const mode = turn.round === 'blind' ? 'blind' : 'seeing';
    const result = await this.run(mode, show, signal);
    if (!result) return undefined;
    const judged = this.pipeline && show && this.judge(this.pipeline, show, result);
    return {
      ...turn,
      ...(judged && { judged }),
      ...(mode === 'seeing' && { measured: measuredIn(result, this.llm) }),
    };
  }

  private async run(mode: 'seeing' | 'blind', show: Shown | undefined, signal: AbortSignal) {
    const changes = await this.changesTo(mode, show);
    return naming(this.graph, 'running', () => this.runner.result(changes, signal, WHOLE));
  }

  /** One picture serves all runs on an item. */
  private async changesTo(mode: 'seeing' | 'blind', show: Shown | undefined): Promise<Changes> {
    if (!this.pipeline || !show) return {};
    if (this.shown?.item !== show.item) this.changes.clear();
    this.shown = show;
    const changes = this.changes.get(mode) ?? (await changesFor(this.pipeline, show.item, mode, show.pictures));
    this.changes.set(mode, changes);
    return changes;
  }

  private judge({ llm }: Pipeline, { item }: Shown, { nodes }: RunResult): Cell['judged'] {
    const { kind, answer } = item.question;
    return { kind, right: isRight(answerText(nodes[llm]?.outputs ?? {}), answer) };
  }
}

/** A swept parameter that asking overrides would give rows that differ in name alone. */
function requireSwept({ document, settings = {} }: Variant, asked: GraphDocument): void {
  for (const place of Object.keys(settings)) {
    const [id, name] = [place.slice(0, place.indexOf('.')), place.slice(place.indexOf('.') + 1)];
    const valueIn = ({ nodes }: GraphDocument) => canonical(nodes[id]?.params?.[name]);
    if (!Object.hasOwn(asked.nodes, id))
      throw new NodeError(`${place} cannot be swept: ${id} does not run.`, 'Unmute it, or sweep another node.');
    if (valueIn(document) !== valueIn(asked))
      throw new NodeError(
        `${place} cannot be swept where questions are asked: asking sets it.`,
        'Without --data graphs run as they were drawn.',
      );
  }
}

/** Says of which graph an error speaks. */
async function naming<T>(graph: string, stage: GraphFailed['stage'], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DocumentError || error instanceof NodeError) throw new GraphFailed(graph, error, stage);
    throw error;
  }
}
