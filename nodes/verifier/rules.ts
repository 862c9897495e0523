import { answerIn, isWhole, linesOf } from './solution.ts';
import type { Verdict } from './verifier.ts';

/** Verifiers that are rules: nothing is learned, and what they say holds. */

/** Whether the answer is this one, up to case and space around it. */
export function exactAnswer(expected: string): (solution: string) => Verdict {
  const wanted = plain(expected);
  return (solution) => ({ score: Number(plain(finalText(solution)) === wanted) });
}

/** Whether the answer fits a regular expression. Throws a sentence where it is none. */
export function answerPattern(pattern: string): (solution: string) => Verdict {
  const expression = expressionOf(pattern);
  return (solution) => ({ score: Number(expression.test(finalText(solution))) });
}

export function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'iu');
  } catch (error) {
    throw new Error(`the pattern ${pattern} is no regular expression: ${(error as Error).message}`);
  }
}

/** `12 + 7 = 19`, numbers with a sign or a point too. */
const EQUATION = /(-?\d+(?:\.\d+)?) *([-+*/%]) *(-?\d+(?:\.\d+)?) *= *(-?\d+(?:\.\d+)?)/g;

/**
 * Reckons every `a op b = c` again, and holds the answer against what the last one came to. 1 until the first that is wrong,
 * 0 from there on: what follows a wrong step stands on it. A line without an equation says nothing either way.
 */
export function arithmetic(solution: string): Verdict {
  let right = true;
  let last: string | undefined;
  const whole = isWhole(solution);
  const steps = linesOf(solution).map((line, at, { length }) => {
    for (const [, a, operator, b, c] of line.matchAll(EQUATION)) {
      right &&= close(reckoned(Number(a), operator as string, Number(b)), Number(c));
      last = c;
    }
    // With no step there is nothing that the answer could be held against.
    if (whole && at === length - 1) right &&= last !== undefined && plain(answerIn(solution)) === last;
    return Number(right);
  });
  return { score: steps.at(-1) ?? 0, steps };
}

function reckoned(a: number, operator: string, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

const close = (found: number, said: number) => Math.abs(found - said) < 1e-6 * Math.max(1, Math.abs(found));

/** The share of all solutions that answer the same: what a majority votes (Wang et al. 2023, self-consistency). */
export function majority(solutions: readonly string[]): readonly Verdict[] {
  const answers = solutions.map((solution) => plain(finalText(solution)));
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  // No answer is none to vote for.
  return answers.map((answer) => ({ score: answer === '' ? 0 : (counts.get(answer) ?? 0) / answers.length }));
}

/** The answer of a model that thinks; all of the text where it does not. */
function finalText(solution: string): string {
  return solution.includes('<think>') ? answerIn(solution) : solution;
}

const plain = (text: string) => text.trim().toLowerCase();
