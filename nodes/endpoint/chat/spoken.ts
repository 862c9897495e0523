import type { AnswerValue } from '../../values.ts';
import type { Piece } from './stream.ts';

const [OPEN, CLOSE] = ['<think>', '</think>'] as const;

/** A token as far as the server tells it: one that came without a log-probability is an event of the stream. */
interface SaidToken {
  /** Its stretch of the text. */
  readonly start: number;
  readonly end: number;
  readonly logProb?: number;
}

/** Where a step ends: with a line, or with the thought. */
interface StepEnd {
  /** Letters of the text before it. */
  readonly at: number;
  /** Tokens before it. */
  readonly tokens: number;
}

/** One answer of a server while it comes: its text, what of it is thought, and its tokens. */
export class Spoken {
  /**
   * All that was said. A thought that the server tells apart (`reasoning_content`) stands between `<think>` and `</think>`,
   * as one stands that comes within the text.
   */
  text = '';
  /** As the server says it: `stop`, `length`, … */
  finish: string | undefined;
  readonly tokens: SaidToken[] = [];
  /** The thought came apart from the text: `inside` while it does. */
  private apart: 'no' | 'inside' | 'over' = 'no';

  /** `before`: what the answer goes on from; it is part of the text. */
  constructor(private readonly before = '') {
    this.text = before;
  }

  add({ content, thought, tokens, finish }: Piece): void {
    if (thought) this.take(this.begunThought(thought), content ? [] : tokens);
    if (content) this.take(this.begunContent(content), tokens);
    if (finish) this.finish = finish;
  }

  /** Marks around a thought that came apart belong to no token. */
  private begunThought(thought: string): string {
    if (this.apart === 'inside') return thought;
    this.apart = 'inside';
    this.text += OPEN;
    return thought.trimStart();
  }

  private begunContent(content: string): string {
    if (this.apart === 'inside') {
      this.apart = 'over';
      this.text += `${CLOSE}\n\n`;
      return content.trimStart();
    }
    // Templates trim the end of what is to be gone on from, so that its newline may come again.
    return this.text === this.before && this.before.endsWith('\n') ? content.replace(/^\n+/, '') : content;
  }

  private take(added: string, tokens: Piece['tokens']): void {
    const from = this.text.length;
    this.text += added;
    if (tokens.length === 0) this.tokens.push({ start: from, end: this.text.length });
    // What was trimmed is in the tokens still, so that their letters only tell which part is whose.
    const letters = tokens.reduce((sum, { text }) => sum + text.length, 0) || 1;
    let [start, said] = [from, 0];
    for (const { text, logProb } of tokens) {
      said += text.length;
      const end = from + Math.round((added.length * said) / letters);
      this.tokens.push({ start, end, logProb });
      start = end;
    }
  }

  /** Where its steps end, ascending. */
  get stepEnds(): StepEnd[] {
    const close = this.text.indexOf(CLOSE);
    const closed = close < 0 ? Number.POSITIVE_INFINITY : close + CLOSE.length;
    let before = this.before.length;
    return this.tokens.flatMap(({ start, end }, at): StepEnd[] => {
      const between = before < closed && closed <= start ? [{ at: start, tokens: at }] : [];
      before = end;
      const within = (start < closed && closed <= end) || this.text.slice(start, end).includes('\n');
      return within ? [...between, { at: end, tokens: at + 1 }] : between;
    });
  }

  /** A thought has begun and not ended. */
  get thinking(): boolean {
    return this.text.includes(OPEN) && !this.text.includes(CLOSE);
  }

  /** The thought is told apart by the server: it cannot be gone on from within it. */
  get thinksApart(): boolean {
    return this.apart !== 'no';
  }

  /**
   * Where the thought ends in the text: 0 where there is none. Some templates open it themselves, so that only its end is
   * among what is said.
   */
  get thoughtEnd(): number {
    const close = this.text.indexOf(CLOSE);
    if (close >= 0) return close + CLOSE.length;
    return this.text.includes(OPEN) ? this.text.length : 0;
  }

  /** What is to be seen of it. */
  shown(thoughts: boolean): string {
    return thoughts ? this.text : this.text.slice(this.thoughtEnd).trimStart();
  }

  /** The server told the log-probability of every token. */
  get likely(): boolean {
    return this.tokens.length > 0 && this.tokens.every(({ logProb }) => logProb !== undefined);
  }

  get logProbs(): number[] {
    return this.tokens.flatMap(({ logProb }) => logProb ?? []);
  }

  /** Of the tokens, those of the thought, its marks included. */
  get thoughtTokens(): number {
    const end = this.thoughtEnd;
    return end === 0 ? 0 : this.tokens.filter((token) => token.end <= end).length;
  }

  /** Of all letters said, the share of the thought's. */
  get thoughtShare(): number {
    return this.text.length === 0 ? 0 : this.thoughtEnd / this.text.length;
  }
}

/** How an answer ended, in our words. */
export function finishOf(finish: string | undefined): AnswerValue['finish'] {
  return finish === 'length' ? 'length' : 'stop';
}
