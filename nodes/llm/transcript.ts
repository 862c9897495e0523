import type { TextTokenizer } from '../generation/tokenizer.ts';
import type { AnswerValue, TokenCounts } from '../values.ts';

/** What becomes of the thought (`<think> … </think>`) in an answer. */
export interface Thinking {
  /** Most tokens of a thought, after which its end is put in; 0: no limit. */
  readonly budget: number;
  /** Is it part of the answer's text? It is counted either way. */
  readonly shown: boolean;
}

export interface TranscriptOptions {
  readonly tokenizer: TextTokenizer;
  /** Texts that end the answer; they are left out of it. */
  readonly stop: readonly string[];
  readonly thinking: Thinking;
  /** The token that opened the thought that the prompt ends in (`openedThought`). */
  readonly opened?: number;
}

/** An answer while it is made: what was sampled, where its thought stands, and the text that is to be seen of it. */
export class Transcript {
  readonly ids: number[] = [];
  /** Of the tokens that were sampled: an end of thinking that was put in has none. */
  readonly logProbs: number[] = [];
  text = '';
  finish: AnswerValue['finish'] | undefined;
  private readonly circles = new Circles();
  private readonly open: number | undefined;
  private readonly close: number | undefined;
  /** Where the thought begins, and where what follows it does; absent where it does not. */
  private start: number | undefined;
  private end: number | undefined;
  private forced = 0;

  constructor(private readonly options: TranscriptOptions) {
    this.open = options.tokenizer.idOf('<think>');
    this.close = options.tokenizer.idOf('</think>');
    if (options.opened !== undefined) this.start = 0;
  }

  /** Most steps until it must be looked at again. */
  get steps(): number {
    const { budget } = this.options.thinking;
    if (budget === 0 || this.end !== undefined) return Number.POSITIVE_INFINITY;
    return this.start === undefined ? budget : budget - (this.ids.length - this.start);
  }

  /** The token to put in now: the end of a thought that has used up its budget. */
  get due(): number | undefined {
    return this.finish === undefined && this.steps <= 0 ? this.close : undefined;
  }

  /** Tokens that were sampled. An end of thinking that was put in is none. */
  get counts(): Pick<TokenCounts, 'thinking' | 'answer'> {
    const { start, end = this.ids.length } = this;
    const thinking = start === undefined ? 0 : end - start - this.forced;
    return { thinking, answer: this.logProbs.length - thinking };
  }

  get caveat(): string | undefined {
    return this.finish === 'circles'
      ? `the thought went round in circles and was stopped after ${this.counts.thinking} tokens`
      : undefined;
  }

  /** Takes in what a chunk made; what came after a stop text or a circle is left out. `ended`: by its last token. */
  add(ids: readonly number[], logProbs: readonly number[], ended: boolean): void {
    const before = this.ids.length;
    for (const [at, id] of ids.entries()) {
      this.push(id);
      this.logProbs.push(logProbs[at] ?? 0);
      if (this.start !== undefined && this.end === undefined && this.circles.closes(id)) {
        this.finish = 'circles';
        break;
      }
    }
    const stopped = ended && this.finish === undefined;
    const whole = this.shown(stopped ? this.ids.slice(0, -1) : this.ids);
    const cut = firstOf(whole, this.options.stop);
    this.text = cut === undefined ? whole : whole.slice(0, cut);
    if (cut !== undefined) this.shorten(this.tokensUntilStop(before));
    if (stopped || cut !== undefined) this.finish = 'stop';
  }

  putIn(id: number): void {
    this.push(id);
    this.forced = 1;
    this.text = this.shown(this.ids);
  }

  private push(id: number): void {
    this.ids.push(id);
    if (this.start === undefined && id === this.open) this.start = this.ids.length - 1;
    else if (this.start !== undefined && this.end === undefined && id === this.close) this.end = this.ids.length;
  }

  private shown(ids: readonly number[]): string {
    const { start, end = ids.length } = this;
    const { thinking, opened, tokenizer } = this.options;
    if (thinking.shown) return tokenizer.decode(opened === undefined ? ids : [opened, ...ids]);
    if (start === undefined) return tokenizer.decode(ids);
    return this.options.tokenizer.decode([...ids.slice(0, start), ...ids.slice(end)]).trimStart();
  }

  /** How many of the tokens, more than `before`, hold the first stop text: a chunk may have gone on after it. */
  private tokensUntilStop(before: number): number {
    for (let count = before + 1; count < this.ids.length; count++)
      if (firstOf(this.shown(this.ids.slice(0, count)), this.options.stop) !== undefined) return count;
    return this.ids.length;
  }

  private shorten(count: number): void {
    this.logProbs.length -= this.ids.length - count;
    this.ids.length = count;
    if (this.end !== undefined && this.end > count) this.end = undefined;
    if (this.start !== undefined && this.start >= count) this.start = undefined;
  }
}

function firstOf(text: string, stops: readonly string[]): number | undefined {
  const found = stops.filter((stop) => stop !== '').map((stop) => text.indexOf(stop));
  const places = found.filter((at) => at >= 0);
  return places.length > 0 ? Math.min(...places) : undefined;
}

/** A stretch of up to so many tokens, so often in a row, and so many tokens in all: a thought that goes round in circles. */
const [LONGEST, TIMES, LEAST] = [64, 4, 24];

/** Watches for the same stretch of tokens coming again and again. */
class Circles {
  private readonly ids: number[] = [];
  /** For each distance, how many of the last tokens are the same as those so far before them. */
  private readonly runs = new Int32Array(LONGEST + 1);

  /** Has the stretch that ends in this token now come `TIMES` times in a row? */
  closes(id: number): boolean {
    this.ids.push(id);
    let found = false;
    for (let distance = 1; distance <= LONGEST; distance++) {
      const run = this.ids.at(-1 - distance) === id ? (this.runs[distance] ?? 0) + 1 : 0;
      this.runs[distance] = run;
      found ||= run >= Math.max(distance * (TIMES - 1), LEAST - distance);
    }
    return found;
  }
}
