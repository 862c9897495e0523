import type { Span } from './events.ts';

type Phase = Span['phase'];

/**
 * Splits the time of one node into spans that follow each other without a gap: what runs, and the loading that it pauses
 * for. `onBegin` hears each as it begins, in milliseconds since `origin`.
 */
export class SpanClock {
  readonly spans: Span[] = [];
  private open: Omit<Span, 'end'> | undefined;
  private paused: Phase = 'run';
  private turn = 0;

  constructor(
    private readonly origin: number,
    private readonly onBegin: (span: Omit<Span, 'end'>) => void,
  ) {}

  /** The first run of the node is turn 0; repeats follow. */
  beginTurn(turn: number): void {
    this.turn = turn;
    this.begin('run');
  }

  begin(phase: Phase): void {
    const start = this.end();
    this.open = { phase, turn: this.turn, start };
    this.onBegin(this.open);
  }

  loading(loads: boolean): void {
    if (loads) this.paused = this.open?.phase ?? 'run';
    this.begin(loads ? 'load' : this.paused);
  }

  /** Ends what is under way; returns the time. */
  end(): number {
    const now = performance.now() - this.origin;
    if (this.open && now > this.open.start) this.spans.push({ ...this.open, end: now });
    this.open = undefined;
    return now;
  }
}
