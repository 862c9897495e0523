import type { TextTokenizer } from './tokenizer.ts';

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
