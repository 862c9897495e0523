import type { Plan, PlanStep } from '../../../graphs/compile.ts';
import type { NodeMetrics, ProgressUpdate, RunContext } from '../../../nodes/run.ts';
import type { NothingValue, Value } from '../../../nodes/values.ts';
import { OutputCache, type Outputs } from './cache.ts';
import type { NodeReport, OperatorTime, ProviderReport, RunEvent, RunOptions, RunResult } from './events.ts';
import { type Identity, identify, whatChanged } from './identity.ts';
import type { LoadKind } from './kinds.ts';
import { SpanClock } from './spans.ts';
import { summarise } from './summaries.ts';
import { timing } from './timing.ts';
import { errorOf } from './trouble.ts';

/** What a node used while it ran once. */
export interface Usage {
  /** Making sessions: building the model, its weights, loading. */
  readonly loadMs: number;
  /** Time of the node itself: without `loadMs` and without the time in which other nodes held the engine. */
  readonly ownMs: number;
  readonly provider?: ProviderReport;
  readonly peakBytes?: number;
  readonly operators?: readonly OperatorTime[];
}

export interface LoanTerms {
  readonly signal: AbortSignal;
  readonly wanted: readonly string[];
  readonly provider: string;
  readonly profile: boolean;
  readonly folder?: string;
  readonly onLoading: (loading: boolean) => void;
  readonly onProgress: RunContext['progress'];
  readonly onReport: RunContext['report'];
}

/** What the executor asks of the runtime: files, pictures and sessions for one run of one node, and what it used of them. */
export interface Lender {
  lend<T>(
    terms: LoanTerms,
    work: (context: RunContext) => Promise<T>,
  ): Promise<{ readonly result: T; readonly usage: Usage }>;
  /** Changes when a file that the step's parameters name changes. */
  digest(step: PlanStep, folder: string | undefined): Promise<string | undefined>;
}

export interface RunRequest {
  readonly run: string;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly folder?: string;
}

/** Reports and identities kept for later runs: some kilobytes each. */
const REMEMBERED = 5_000;

/** Runs plans. Independent branches overlap; outputs are kept, so that a later run repeats only what changed. */
export class Executor {
  private readonly cache: OutputCache;
  /** The report of each key that finished, to be shown again when it is reused. */
  private readonly reports = new Map<string, NodeReport>();
  /** What each node of each graph was when it last ran. */
  private readonly last = new Map<string, Identity>();

  constructor(
    private readonly lender: Lender,
    private readonly loadKind: LoadKind,
    cacheBytes: number,
  ) {
    this.cache = new OutputCache(cacheBytes);
  }

  /** Runs a plan to its end; never rejects: what goes wrong stands in the result. */
  async run(request: RunRequest, signal: AbortSignal, emit: (event: RunEvent) => void): Promise<RunResult> {
    const { run, plan, options } = request;
    const startedAt = performance.now();
    emit({ type: 'run-started', run, order: plan.steps.map((step) => step.id) });
    const identities = await identify(plan, options.provider ?? 'auto', (step) =>
      this.lender.digest(step, request.folder),
    );
    const visit = new Visit(request, signal, emit, identities, startedAt);
    this.choose(visit);

    for (const step of plan.steps) visit.reports.set(step.id, this.visit(visit, step));
    const nodes: Record<string, NodeReport> = {};
    for (const step of plan.steps) nodes[step.id] = (await visit.reports.get(step.id)) as NodeReport;

    const failed = Object.values(nodes).some((report) => report.status === 'failed');
    const status = signal.aborted ? 'cancelled' : failed ? 'failed' : 'finished';
    const result: RunResult = { run, graph: plan.title, status, totalMs: performance.now() - startedAt, nodes };
    emit({ type: 'run-done', run, result });
    return result;
  }

  /**
   * Which steps must run: those asked to, and those without a kept output that somebody needs, from the end of the plan to
   * its start. A step whose output is gone but whose consumers are all reused need not run.
   */
  private choose({ plan, options, identities, running, values, anew }: Visit): void {
    const all = options.fresh || (options.repeat ?? 1) > 1;
    const needed = new Set(options.to);
    const consumed = new Set(plan.steps.flatMap((step) => sourcesOf(step)));
    for (const step of plan.steps.toReversed()) {
      const key = identities.get(step.id)?.key ?? '';
      const again = all || anew.has(step.id);
      const outputs = again ? undefined : this.cache.get(key, step.wanted);
      const wanted = needed.has(step.id) || !consumed.has(step.id);
      if (outputs && this.reports.has(key)) values.set(step.id, outputs);
      else if (again || wanted || !this.reports.has(key)) {
        running.add(step.id);
        for (const source of sourcesOf(step)) needed.add(source);
      }
    }
  }

  private async visit(visit: Visit, step: PlanStep): Promise<NodeReport> {
    await Promise.all(sourcesOf(step).map((source) => visit.settled(source)));
    const report = await this.report(visit, step);
    visit.settle(step.id);
    visit.emit({ type: 'node-done', run: visit.run, node: step.id, report });
    return report;
  }

  private async report(visit: Visit, step: PlanStep): Promise<NodeReport> {
    const { kind } = step;
    if (visit.signal.aborted) return { kind, status: 'cancelled' };
    const culprit = sourcesOf(step)
      .map((source) => visit.culprits.get(source))
      .find((id) => id !== undefined);
    if (culprit !== undefined) {
      visit.culprits.set(step.id, culprit);
      return { kind, status: 'skipped', why: `${culprit} failed` };
    }
    const nothing = await this.nothingFor(visit, step);
    if (nothing) {
      visit.values.set(step.id, Object.fromEntries(step.wanted.map((port) => [port, nothing])));
      return { kind, status: 'unused', why: nothing.why };
    }
    const identity = visit.identities.get(step.id) as Identity;
    const place = `${visit.plan.title}\n${step.id}`;
    const kept = this.reports.get(identity.key);
    if (kept && !visit.running.has(step.id)) {
      remember(this.last, place, identity);
      const { spans: _, ...known } = kept;
      return { ...known, status: 'reused', why: 'nothing changed' };
    }
    const why = this.why(visit, step, place, identity);
    remember(this.last, place, identity);
    const report = await this.execute(visit, step, identity, why);
    return why === undefined ? report : { ...report, why };
  }

  /** What keeps a step from running where an input was sent another way; undefined where it runs all the same. */
  private async nothingFor(visit: Visit, step: PlanStep): Promise<NothingValue | undefined> {
    const nothing = Object.values(visit.inputsOf(step))
      .flat()
      .find((value): value is NothingValue => value?.type === 'nothing');
    if (!nothing) return undefined;
    const { takesNothing } = await this.loadKind(step.kind);
    return takesNothing ? undefined : nothing;
  }

  private why(visit: Visit, step: PlanStep, place: string, identity: Identity): string | undefined {
    const before = this.last.get(place);
    if (!before) return undefined;
    const changed = whatChanged(before, identity, visit.running);
    if (changed) return changed;
    if (visit.options.fresh) return 'it was asked to run afresh';
    if ((visit.options.repeat ?? 1) > 1) return 'it was asked to be measured again';
    if (visit.options.from?.includes(step.id)) return 'it was asked to run from here';
    const source = visit.anew.has(step.id) && sourcesOf(step).find((id) => visit.anew.has(id));
    if (source) return `${source} ran again`;
    if (!this.reports.has(identity.key)) return 'it did not finish last time';
    return this.cache.has(identity.key) ? 'more of its outputs are wanted' : 'its output was no longer kept';
  }

  private async execute(
    visit: Visit,
    step: PlanStep,
    identity: Identity,
    why: string | undefined,
  ): Promise<NodeReport> {
    const { kind } = step;
    visit.emit({ type: 'node-started', run: visit.run, node: step.id, why });
    try {
      const { outputs, report: measured } = await this.measure(visit, step);
      const done = !visit.signal.aborted;
      if (done) {
        visit.values.set(step.id, outputs);
        this.cache.set(identity.key, outputs);
        // What comes after need not wait until this node's pictures are drawn.
        visit.settle(step.id);
      }
      const report: NodeReport = { ...measured, outputs: await summarise(outputs) };
      if (!done) return { ...report, status: 'cancelled' };
      remember(this.reports, identity.key, report);
      return report;
    } catch (error) {
      if (visit.signal.aborted) return { kind, status: 'cancelled' };
      visit.culprits.set(step.id, step.id);
      return { kind, status: 'failed', error: errorOf(error) };
    }
  }

  private async measure(visit: Visit, step: PlanStep): Promise<{ outputs: Outputs; report: NodeReport }> {
    const { run } = await this.loadKind(step.kind);
    const inputs = visit.inputsOf(step);
    const repeat = visit.options.repeat ?? 1;
    const times: number[] = [];
    let metrics: NodeMetrics = {};
    let outputs: Outputs = {};
    let first: Usage | undefined;
    const clock = visit.clock(step.id);
    for (let index = 0; index < repeat && !(first && visit.signal.aborted); index++) {
      if (index > 0) visit.progress(step.id, { type: 'fraction', done: index, of: repeat, label: 'repeat' });
      const terms: LoanTerms = {
        ...visit.terms(step, clock),
        onProgress: (update) => {
          if (update.type === 'phase') clock.begin(update.phase);
          else if (index === 0) visit.progress(step.id, update);
        },
        onReport: (update) => {
          metrics = { ...metrics, ...update };
        },
      };
      clock.beginTurn(index);
      const { result, usage } = await this.lender.lend(terms, (context) => run(context, step.params, inputs));
      outputs = result;
      first ??= usage;
      times.push(usage.ownMs);
    }
    clock.end();
    const missing = step.wanted.find((port) => !Object.hasOwn(outputs, port));
    if (missing !== undefined && !visit.signal.aborted)
      throw new Error(`The node kind "${step.kind}" gave no output "${missing}".`);
    // What was measured counts, not what the node expected.
    const bytes = { ...metrics.bytes, ...(first?.peakBytes && { peak: first.peakBytes }) };
    return {
      outputs,
      report: {
        kind: step.kind,
        status: 'finished',
        ...(first?.provider && { provider: first.provider }),
        ms: timing(first?.loadMs ?? 0, times),
        spans: clock.spans,
        ...metrics,
        ...(Object.keys(bytes).length > 0 && { bytes }),
        ...(first?.operators && { operators: first.operators }),
      },
    };
  }
}

/** The state of one run. */
class Visit {
  readonly run: string;
  readonly plan: Plan;
  readonly options: RunOptions;
  /** Steps that run this time; the others are reused. */
  readonly running = new Set<string>();
  /** Steps that the run was asked to begin from, and those that depend on them. */
  readonly anew: ReadonlySet<string>;
  /** Outputs of steps that ran or were reused, held until the run ends so that the cache may drop them. */
  readonly values = new Map<string, Outputs>();
  readonly reports = new Map<string, Promise<NodeReport>>();
  /** For each step that failed or was skipped: the step whose failure began it. */
  readonly culprits = new Map<string, string>();
  private readonly ready: ReadonlyMap<string, Ready>;

  constructor(
    private readonly request: RunRequest,
    readonly signal: AbortSignal,
    readonly emit: (event: RunEvent) => void,
    readonly identities: ReadonlyMap<string, Identity>,
    private readonly startedAt: number,
  ) {
    this.run = request.run;
    this.plan = request.plan;
    this.options = request.options;
    const anew = new Set(request.options.from);
    for (const step of request.plan.steps) if (sourcesOf(step).some((id) => anew.has(id))) anew.add(step.id);
    this.anew = anew;
    this.ready = new Map(request.plan.steps.map(({ id }) => [id, new Ready()]));
  }

  /** The step's outputs are there, or will never be. */
  settle(step: string): void {
    this.ready.get(step)?.resolve();
  }

  settled(step: string): Promise<void> | undefined {
    return this.ready.get(step)?.promise;
  }

  inputsOf(step: PlanStep): Record<string, readonly Value[]> {
    const take = ({ node, port }: { node: string; port: string }) => this.values.get(node)?.[port] as Value;
    return Object.fromEntries(Object.entries(step.inputs).map(([port, sources]) => [port, sources.map(take)]));
  }

  clock(node: string): SpanClock {
    return new SpanClock(this.startedAt, (span) => this.emit({ type: 'node-span', run: this.run, node, ...span }));
  }

  terms(step: PlanStep, clock: SpanClock): Omit<LoanTerms, 'onProgress' | 'onReport'> {
    const { run, emit } = this;
    return {
      signal: this.signal,
      wanted: step.wanted,
      provider: this.options.provider ?? 'auto',
      profile: this.options.profile ?? false,
      folder: this.request.folder,
      onLoading: (loading) => {
        clock.loading(loading);
        emit({ type: loading ? 'node-loading' : 'node-started', run, node: step.id });
      },
    };
  }

  progress(node: string, update: Exclude<ProgressUpdate, { type: 'phase' }>): void {
    const { run } = this;
    if (update.type === 'text') this.emit({ type: 'node-text', run, node, text: update.text });
    else if (update.type === 'search') this.emit({ type: 'node-search', run, node, nodes: update.nodes });
    else this.emit({ ...update, type: 'node-progress', run, node });
  }
}

class Ready {
  resolve!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

function sourcesOf(step: PlanStep): string[] {
  return Object.values(step.inputs).flatMap((sources) => sources.map((source) => source.node));
}

/** Sets `key` as the newest entry and forgets the oldest beyond what is worth remembering. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED) return;
    map.delete(oldest);
  }
}
