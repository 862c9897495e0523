import { compile, type Plan } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { EngineProcess } from '../engine/process.ts';
import { probeDocument } from '../estimate.ts';
import type { OutputSummary, RunOptions, RunResult } from '../executor/events.ts';

/** Parameters by node, in place of the document's. */
export type Changes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What it takes of the engine. */
export type RunningEngine = Pick<EngineProcess, 'run' | 'probe'>;

/** A graph, or what one node of it needs, run again and again with other parameters: the graph is compiled once, its models stay loaded. */
export class Runner {
  private constructor(
    private readonly engine: RunningEngine,
    private readonly plan: Plan,
    private readonly target: string | undefined,
    private readonly folder: string | undefined,
  ) {}

  /**
   * Rejects with a sentence where the graph cannot run. `document` must have parameters that can be read. Without a
   * `target` all of the graph runs.
   */
  static async open(
    engine: RunningEngine,
    document: GraphDocument,
    target: string | undefined,
    folder?: string,
  ): Promise<Runner> {
    const {
      facts,
      errors,
      engine: lost,
    } = await probeDocument(document, (kind, params) => engine.probe(kind, params, folder), folder);
    if (lost) throw new NodeError(lost.message, lost.hint);
    const plan = compile(document, catalog, { ...(target !== undefined && { to: [target] }), facts });
    const unreadable = plan.steps.find(({ id }) => errors[id] !== undefined);
    if (unreadable) throw new NodeError(`nodes.${unreadable.id}: ${errors[unreadable.id]}`);
    return new Runner(engine, plan, target, folder);
  }

  /** The target's outputs by port; undefined where `signal` stopped it. Rejects where a node failed. */
  async run(changes: Changes, signal: AbortSignal): Promise<Readonly<Record<string, OutputSummary>> | undefined> {
    const result = await this.result(changes, signal);
    return result && (result.nodes[this.target ?? '']?.outputs ?? {});
  }

  /** All that a run took and made; undefined where `signal` stopped it. Rejects where a node failed. */
  async result(changes: Changes, signal: AbortSignal, options: RunOptions = {}): Promise<RunResult | undefined> {
    const steps = this.plan.steps.map((step) => ({ ...step, params: { ...step.params, ...changes[step.id] } }));
    let result: RunResult | undefined;
    for await (const event of this.engine.run({ ...this.plan, steps }, options, this.folder)) {
      // Leaving the loop cancels the run.
      if (signal.aborted) return undefined;
      if (event.type === 'run-done') result = event.result;
    }
    if (result?.status !== 'finished') throw failure(result);
    return result;
  }
}

export function withParams(document: GraphDocument, changes: Changes): GraphDocument {
  const nodes = Object.entries(document.nodes).map(([id, node]) => [
    id,
    { ...node, params: { ...node.params, ...changes[id] } },
  ]);
  return { ...document, nodes: Object.fromEntries(nodes) };
}

function failure(result: RunResult | undefined): NodeError {
  const failed = Object.entries(result?.nodes ?? {}).find(([, { error }]) => error);
  const error = failed?.[1].error ?? result?.error;
  const place = failed ? `nodes.${failed[0]}: ` : '';
  return new NodeError(`${place}${error?.message ?? 'The run ended without a result.'}`, error?.hint);
}
