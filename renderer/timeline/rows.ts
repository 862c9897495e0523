import type { NodeReport, Span } from '../../electron/backend/executor/events.ts';
import type { NodeRunState, RunState } from '../store/run.ts';

/** One node of the last run on the time axis, in milliseconds since the run began. */
export interface TimelineRow {
  readonly id: string;
  readonly state: NodeRunState['phase'] | NodeReport['status'];
  readonly spans: readonly Span[];
  readonly report?: NodeReport;
}

/** The nodes of a run in plan order; what is under way ends at `now`. */
export function rowsOf({ order, nodes }: Pick<RunState, 'order' | 'nodes'>, now: number): TimelineRow[] {
  return order.map((id) => {
    const { phase = 'queued', began = [], report } = nodes[id] ?? {};
    if (phase === 'done') return { id, state: report?.status ?? 'cancelled', spans: report?.spans ?? [], report };
    const spans = began.map((span, index) => ({ ...span, end: began[index + 1]?.start ?? Math.max(now, span.start) }));
    return { id, state: phase, spans };
  });
}

/** The last moment on the axis; at least a millisecond. */
export function endOf(rows: readonly TimelineRow[]): number {
  return Math.max(1, ...rows.flatMap(({ spans }) => spans.map(({ end }) => end)));
}

/** What a span is called: the first run of a node, and the warm ones after it. */
export function nameOf({ phase, turn }: Pick<Span, 'phase' | 'turn'>): string {
  if (phase === 'load') return 'load';
  if (phase === 'run') return turn === 0 ? 'first run' : `warm run ${turn}`;
  return turn === 0 ? phase : `${phase}, warm run ${turn}`;
}

/** Milliseconds of a row by what is done in them. Prefill and decode are told apart; `first` and `warm` hold them too. */
export function totalsOf(spans: readonly Span[]) {
  const sum = (keep: (span: Span) => boolean) =>
    spans.filter(keep).reduce((total, { start, end }) => total + end - start, 0);
  return {
    load: sum(({ phase }) => phase === 'load'),
    first: sum(({ phase, turn }) => phase !== 'load' && turn === 0),
    warm: sum(({ phase, turn }) => phase !== 'load' && turn > 0),
    prefill: sum(({ phase, turn }) => phase === 'prefill' && turn === 0),
    decode: sum(({ phase, turn }) => phase === 'decode' && turn === 0),
  };
}

/** Round numbers from 0 up to `end`, about `count` of them, in steps of 1, 2 or 5 times a power of ten. */
export function ticks(end: number, count: number): number[] {
  const rough = end / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}
