import type { TextTokenizer } from '../generation/tokenizer.ts';
import type { AnswerSpan } from './batch.ts';
import { idOf } from './data/tokens.ts';
import type { Question } from './data/world.ts';

/** Ids of the tokens that frame a conversation with a tiny LLM; what is left of a sequence is `<pad>`, id 0. */
const [USER, ASSISTANT, END] = [idOf('<user>'), idOf('<assistant>'), idOf('<end>')];

/** A conversation as the LLM sees it: inputs, the token that should follow each, and how much it counts. */
export interface Sequence {
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly answers: readonly AnswerSpan[];
}

/**
 * `<user> opening question <assistant> answer <end> <user> question …` in `length` tokens: as many turns as fit whole, the
 * rest padding. Only answers and their ends count. An answer of n tokens counts √n, so that long ones do not drown the
 * short.
 */
export function turns(
  tokenizer: TextTokenizer,
  world: string,
  opening: string,
  questions: readonly Question[],
  length: number,
): Sequence {
  const ids = new Int32Array(length);
  const targets = new Int32Array(length);
  const weights = new Float32Array(length);
  const answers: AnswerSpan[] = [];
  let at = 0;
  let before = opening === '' ? [] : tokenizer.encode(opening);
  for (const { question, answer, kind, hallucination } of questions) {
    const asked = [USER, ...before, ...tokenizer.encode(question), ASSISTANT];
    const said = [...tokenizer.encode(answer), END];
    const turn = [...asked, ...said];
    // The last token predicts nothing within the sequence.
    if (at + turn.length > length + 1) break;
    turn.forEach((id, i) => {
      if (at + i < length) ids[at + i] = id;
      if (at + i > 0) targets[at + i - 1] = id;
    });
    const from = at + asked.length - 1;
    weights.fill(1 / Math.sqrt(said.length), from, from + said.length);
    answers.push({ from, to: from + said.length, world, kind, hallucination, first: at === 0 });
    at += turn.length;
    before = [];
  }
  return { ids, targets, weights, answers };
}
