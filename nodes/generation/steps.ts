import type { TextTokenizer } from './tokenizer.ts';

/**
 * The token that opens a thought, where a prompt ends within one (a chat template that opens it): the text that goes on from
 * there begins with it, as that of a model that opens its thoughts itself.
 */
export function openedThought(tokenizer: TextTokenizer, ids: readonly number[]): number | undefined {
  const [open, close] = ['<think>', '</think>'].map((token) => tokenizer.idOf(token));
  const last = (id: number | undefined) => (id === undefined ? -1 : ids.lastIndexOf(id));
  return last(open) > last(close) ? open : undefined;
}

/** Where steps of a solution end: with a line, with the thought, and with the answer. */
export class StepEnds {
  /** Ids that end a step, those that end an answer among them. */
  readonly all: readonly number[];
  private readonly known: ReadonlySet<number>;

  constructor(tokenizer: TextTokenizer, ends: readonly number[]) {
    const thought = tokenizer.idOf('</think>');
    this.known = new Set([...tokenizer.idsWith('\n'), ...(thought === undefined ? [] : [thought]), ...ends]);
    this.all = [...this.known];
  }

  is(id: number): boolean {
    return this.known.has(id);
  }

  /** Tokens after which a step ends, ascending. */
  in(ids: readonly number[]): number[] {
    return ids.flatMap((id, at) => (this.known.has(id) ? [at + 1] : []));
  }
}
