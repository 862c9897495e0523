import type { Reasoning } from '../../../graphs/reasoning.ts';
import type { RunningEngine } from '../evaluation/runner.ts';
import { Measurements } from '../measuring/measurements.ts';
import type { Cell } from './cells.ts';
import { REASONING } from './kind.ts';
import type { ReasoningNews, ReasoningPlan, ReasoningTime, ReasoningTold } from './news.ts';
import { reason } from './reason.ts';
import { graphIn, setupOf } from './request.ts';
import type { ReasoningRequest } from './schema.ts';
import { turnsIn, turnsOn } from './setup.ts';
import { strategiesFor } from './target.ts';

/** Measurements of reasoning that the app asked for. */
export class Reasonings extends Measurements<ReasoningRequest, ReasoningTold, Cell, Reasoning, ReasoningNews> {
  constructor(engine: RunningEngine) {
    super(REASONING, engine);
  }

  /** What a request makes. Rejects with a sentence where it makes no measurement. */
  async plan(request: ReasoningRequest): Promise<ReasoningPlan> {
    const setup = await setupOf(graphIn(request), request);
    const { document, target, strategies, verifiers, data } = setup;
    return {
      searches: turnsIn(setup).length,
      problems: data.n,
      strategies,
      able: strategiesFor(document, target.loop),
      verifiers: verifiers.map(({ name }) => name),
      changeable: target.verifier !== undefined && document.nodes[target.verifier]?.kind === 'verifier',
    };
  }

  /** How long the searches of one problem take, which is not among those that are measured. Rejects while another is measured. */
  async *estimate(request: ReasoningRequest, signal: AbortSignal): AsyncGenerator<ReasoningTime, void, void> {
    this.requireNone();
    const setup = await setupOf(graphIn(request), request);
    const turns = turnsOn(setup.data.n, setup);
    const [first] = turns;
    // The first search loads what the others find loaded.
    if (first) for await (const _ of reason(setup, [{ ...first, budget: 1 }], { engine: this.engine, signal })) break;
    let [done, ms] = [0, 0];
    for await (const cell of reason(setup, turns, { engine: this.engine, signal })) {
      ms += cell.ms;
      yield { done: ++done, of: turns.length, ms };
    }
  }
}
