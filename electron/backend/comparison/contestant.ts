import { DocumentError } from '../../../graphs/document.ts';
import { NodeError } from '../../../nodes/run.ts';
import { isRight } from '../../../nodes/training/evaluation/score.ts';
import { answerText } from '../evaluation/answers.ts';
import { lastLlms, type Pipeline, pipelineOf } from '../evaluation/pipeline.ts';
import { type Changes, Runner, type RunningEngine, withParams } from '../evaluation/runner.ts';
import type { RunResult } from '../executor/events.ts';
import { type Cell, measuredIn, type Turn } from './cells.ts';
import type { Asked, Sight } from './data.ts';
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

/** Each run is whole: nothing is taken from an earlier one. */
const WHOLE = { fresh: true };

/** A graph that is ready to take its turns: asked about items, or on its own inputs. */
export class Contestant {
  private constructor(
    private readonly graph: string,
    private readonly runner: Runner,
    /** Whose first token counts. */
    private readonly llm: string | undefined,
    private readonly pipeline?: Pipeline,
  ) {}

  /** Asked about items where there is one to `show` first. Rejects with `GraphFailed` where the graph cannot run. */
  static async open(engine: RunningEngine, variant: Variant, show: Asked | undefined): Promise<Contestant> {
    const { graph, document, folder } = variant;
    return naming(graph, 'opening', async () => {
      if (!show) {
        const [llm, ...others] = lastLlms(document);
        const runner = await Runner.open(engine, document, undefined, folder);
        return new Contestant(graph, runner, others.length === 0 ? llm : undefined);
      }
      const pipeline = pipelineOf(document, 'seeing');
      const changes = await changesFor(pipeline, show, 'seeing');
      // The graph's own picture need not be there.
      const asked = withParams(pipeline.document, changes);
      const runner = await Runner.open(engine, asked, pipeline.llm, folder);
      return new Contestant(graph, runner, pipeline.llm, pipeline);
    });
  }

  /** Milliseconds of a run that does not count; undefined where it was stopped. */
  async warmUp(show: Asked | undefined, signal: AbortSignal): Promise<number | undefined> {
    return (await this.run('seeing', show, signal))?.totalMs;
  }

  /** Undefined where it was stopped. Rejects with `GraphFailed` where a node failed. */
  async take(turn: Turn, show: Asked | undefined, signal: AbortSignal): Promise<Cell | undefined> {
    const sight = turn.round === 'blind' ? 'blind' : 'seeing';
    const result = await this.run(sight, show, signal);
    if (!result) return undefined;
    const judged = this.pipeline && show && this.judge(this.pipeline, show, result);
    return {
      ...turn,
      ...(judged && { judged }),
      ...(sight === 'seeing' && { measured: measuredIn(result, this.llm) }),
    };
  }

  private async run(sight: Sight, show: Asked | undefined, signal: AbortSignal) {
    const changes = this.pipeline && show ? await changesFor(this.pipeline, show, sight) : {};
    return naming(this.graph, 'running', () => this.runner.result(changes, signal, WHOLE));
  }

  private judge({ llm }: Pipeline, { kind, answer }: Asked, { nodes }: RunResult): Cell['judged'] {
    return { kind, right: isRight(answerText(nodes[llm]?.outputs ?? {}), answer) };
  }
}

/** What puts a question to a pipeline. */
async function changesFor({ prompt, image }: Pipeline, asked: Asked, sight: Sight): Promise<Changes> {
  return {
    [prompt]: { text: asked.question },
    ...(image !== undefined && { [image]: { source: await asked.picture(sight) } }),
  };
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
