import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { Transcript } from '../../../nodes/llm/transcript.ts';

const [OPEN, CLOSE] = [1, 2];
const tokenizer: TextTokenizer = {
  encode: () => [],
  decode: (ids) => ids.map((id) => `${id} `).join(''),
  idOf: (token) => ({ '<think>': OPEN, '</think>': CLOSE })[token],
  idsWith: () => [],
};
const line = [5, 6, 7, 8, 9];

function told(ids: readonly number[], cuts: readonly number[] = [], stop: readonly string[] = []): Transcript {
  const transcript = new Transcript({ tokenizer, stop, thinking: { budget: 0, shown: true } });
  let from = 0;
  for (const to of [...cuts, ids.length]) {
    const part = ids.slice(from, to);
    if (part.length > 0 && transcript.finish === undefined)
      transcript.add(
        part,
        part.map((id) => -id),
        false,
      );
    from = Math.max(from, to);
  }
  return transcript;
}

describe('a thought', () => {
  it('that says the same line four times over 24 tokens and more is stopped with its last word', () => {
    const five = told([OPEN, 3, ...line, ...line, ...line, ...line, ...line, ...line]);
    expect(five.finish).toBe('circles');
    // Five tokens fill 24 in their fifth round.
    expect(five.ids).toHaveLength(2 + 24);
    const six = [...line, 10];
    const sixes = told([OPEN, ...six, ...six, ...six, ...six, ...six]);
    expect(sixes.ids).toEqual([OPEN, ...six, ...six, ...six, ...six]);
    expect(sixes.counts).toEqual({ thinking: 25, answer: 0 });
    expect(told([OPEN, ...six, ...six, ...six, 4, ...six]).finish).toBeUndefined();
  });

  it('may repeat itself after its end, as an answer may', () => {
    const answer = Array(60).fill(7);
    const transcript = told([OPEN, 3, CLOSE, ...answer]);
    expect(transcript.finish).toBeUndefined();
    expect(transcript.counts).toEqual({ thinking: 3, answer: 60 });
  });

  it('is the same however the calls were cut', () => {
    const token = fc.constantFrom(OPEN, CLOSE, 5, 6, 7);
    const texts = fc.array(
      fc.oneof(
        token.map((id) => [id]),
        fc.constant(line),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.nat(120), { maxLength: 8 }),
        fc.constantFrom([], ['6 7 5']),
        (parts, cuts, stop) => {
          const ids = parts.flat();
          const [whole, cut] = [
            told(ids, [], stop),
            told(
              ids,
              cuts.sort((a, b) => a - b),
              stop,
            ),
          ];
          expect(cut.ids).toEqual(whole.ids);
          expect(cut.logProbs).toEqual(whole.logProbs);
          expect([cut.text, cut.finish, cut.counts]).toEqual([whole.text, whole.finish, whole.counts]);
        },
      ),
    );
  });
});
