import type { AnswerValue } from '../../values.ts';
import type { Piece } from './stream.ts';

const [OPEN, CLOSE] = ['<think>', '</think>'] as const;

/** A token as far as the server tells it: one that came without a log-probability is an event of the stream. */
interface SaidToken {
  /** Letters of the answer (its thought included) up to the end of this token. */
  readonly end: number;
  readonly logProb?: number;
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
    const from = this.text.length;
    if (thought) this.think(thought);
    if (content) this.say(content);
    if (finish) this.finish = finish;
    const added = this.text.length - from;
    if (tokens.length === 0 && (content || thought)) this.tokens.push({ end: this.text.length });
    // The text may hold marks of its own around a thought, so that letters of tokens only tell which come before which.
    const letters = tokens.reduce((sum, { text }) => sum + text.length, 0) || 1;
    let said = 0;
    for (const { text, logProb } of tokens) {
      said += text.length;
      this.tokens.push({ end: from + Math.round((added * said) / letters), logProb });
    }
  }

  private think(thought: string): void {
    if (this.apart === 'no') this.text += `${OPEN}\n`;
    this.text += this.apart === 'no' ? thought.trimStart() : thought;
    this.apart = 'inside';
  }

  private say(content: string): void {
    if (this.apart === 'inside') {
      this.text += `${this.text.endsWith('\n') ? '' : '\n'}${CLOSE}\n\n${content.trimStart()}`;
      this.apart = 'over';
    } else {
      // Templates trim the end of what is to be gone on from, so that its newline may come again.
      const again = this.text === this.before && this.before.endsWith('\n');
      this.text += again ? content.replace(/^\n+/, '') : content;
    }
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
