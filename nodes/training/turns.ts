import type { TextTokenizer } from '../generation/tokenizer.ts';
import type { AnswerSpan } from './batch.ts';
import { idOf } from './data/tokens.ts';
import type { Mention, Question } from './data/world.ts';

/** Ids of the tokens that frame a conversation with a tiny LLM; what is left of a sequence is `<pad>`, id 0. */
const [USER, ASSISTANT, END] = [idOf('<user>'), idOf('<assistant>'), idOf('<end>')];

/** The turn of what all turns see: the start of the conversation and the scene. */
export const OPENING = 0;
/** The turn of what none sees. */
export const HIDDEN = -1;

/** Questions about one scene as the LLM sees them, token by token. */
export interface Sequence {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  /** `OPENING`, `HIDDEN`, or a number from 1: tokens of other turns are not seen. */
  readonly turns: Int32Array;
  /** The token that should follow each, and how much it counts. */
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly answers: readonly AnswerSpan[];
}

/** What stands before the questions. */
export interface Opening {
  readonly text: string;
  /** Positions between `<user>` and the text, kept for things or patches that are told in tokens of their own. */
  readonly beside?: number;
}

/**
 * `<user> opening question <assistant> answer`, many times over one opening: each question as if it were the first, so
 * that no answer gives another away. `length` tokens hold as many as fit whole, the rest is padding. Answers and their ends
 * count; an answer of n tokens counts √n, so that long ones do not drown the short. With `mentioned`, the last word of
 * each thing that a question names counts that much as well: what should follow there is a word of the thing's place,
 * which is what a model must look up, at that very token, to compare things by their places.
 */
export function turns(
  tokenizer: TextTokenizer,
  world: string,
  opening: Opening,
  questions: readonly Question[],
  length: number,
  mentioned = 0,
): Sequence {
  const ids = new Int32Array(length);
  const positions = new Int32Array(length);
  const turnOf = new Int32Array(length).fill(HIDDEN);
  const targets = new Int32Array(length);
  const weights = new Float32Array(length);
  const answers: AnswerSpan[] = [];
  const begin = [USER, ...tokenizer.encode(opening.text)];
  const { beside = 0 } = opening;
  ids.set(begin);
  turnOf.fill(OPENING, 0, begin.length);
  for (let i = 1; i < begin.length; i++) positions[i] = i + beside;
  let at = begin.length;
  for (const { question, answer, kind, hallucination, mentions } of questions) {
    const asked = [...tokenizer.encode(question), ASSISTANT];
    const said = [...tokenizer.encode(answer), END];
    // The end of an answer predicts nothing, so that it is not put in.
    const turn = [...asked, ...said.slice(0, -1)];
    if (at + turn.length > length) break;
    ids.set(turn, at);
    turn.forEach((_, i) => {
      positions[at + i] = begin.length + beside + i;
    });
    const from = at + asked.length - 1;
    const to = from + said.length;
    targets.set(said, from);
    weights.fill(1 / Math.sqrt(said.length), from, to);
    if (mentioned > 0)
      for (const { token, place } of placesIn(tokenizer, question, mentions)) {
        targets[at + token] = place;
        weights[at + token] = mentioned;
      }
    answers.push({ from, to, world, kind, hallucination });
    turnOf.fill(answers.length, at, to);
    at = to;
  }
  return { ids, positions, turns: turnOf, targets, weights, answers };
}

/** Where in a question its mentions end, and a word of each one's place: of column and row now the one, now the other. */
function placesIn(tokenizer: TextTokenizer, question: string, mentions: readonly Mention[] = []) {
  const asked = tokenizer.encode(question);
  return mentions.map(({ text, place }, i) => {
    const named = tokenizer.encode(text);
    const from = asked.findIndex((_, at) => named.every((id, k) => asked[at + k] === id));
    if (from < 0) throw new Error(`"${question}" does not name "${text}"`);
    const words = tokenizer.encode(place);
    return { token: from + named.length - 1, place: words[(asked.length + i) % words.length] as number };
  });
}
