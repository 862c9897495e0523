import { integer, pick, shuffled } from '../chance.ts';
import type { Random, Split } from '../world.ts';
import { NAMES, TEST_TEMPLATES, type Template, THINGS, TRAINING_TEMPLATES } from './templates.ts';

/** A word problem with its solution, one step a line. */
export interface Problem {
  readonly question: string;
  /** e.g. `12 + 7 = 19`. */
  readonly steps: readonly string[];
  readonly answer: string;
}

/** Smallest and largest number of a slot, by its letter: amounts, groups and what each of them holds. */
type Ranges = Readonly<Record<'amount' | 'change' | 'group' | 'each' | 'total', readonly [number, number]>>;

const RANGES: Readonly<Record<Split, Ranges>> = {
  train: { amount: [20, 59], change: [2, 19], group: [2, 9], each: [2, 14], total: [200, 299] },
  validation: { amount: [20, 59], change: [2, 19], group: [2, 9], each: [2, 14], total: [200, 299] },
  // Amounts that no problem of training speaks of; steps of training came to such numbers.
  test: { amount: [60, 89], change: [20, 29], group: [2, 9], each: [15, 19], total: [300, 349] },
};

const SIZES: Readonly<Record<string, keyof Ranges>> = {
  ...{ a: 'amount', b: 'change', c: 'change', d: 'change', e: 'change', f: 'total' },
  ...{ k: 'group', l: 'group', n: 'group', j: 'each', m: 'each' },
};

/** No number of a problem is larger. */
const LARGEST = 999;

/**
 * A problem of the split: validation has training's stories with other numbers drawn, the test set stories and ranges of
 * numbers of its own.
 */
export function problem(random: Random, split: Split): Problem {
  const templates = split === 'test' ? TEST_TEMPLATES : TRAINING_TEMPLATES;
  const template = pick(random, templates);
  const [A = '', B = ''] = shuffled(random, NAMES);
  const words = { A, B, things: pick(random, THINGS) };
  for (;;) {
    const numbers = Object.fromEntries(
      Object.entries(SIZES).map(([letter, size]) => [letter, integer(random, ...RANGES[split][size])]),
    );
    const solution = solved(template, numbers);
    if (!solution) continue;
    const slots: Readonly<Record<string, string | number>> = { ...words, ...numbers };
    const question = template.text.replace(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot]));
    return { question, ...solution };
  }
}

/** Undefined where a step would be negative, a fraction or too large. */
function solved(
  { steps }: Template,
  numbers: Readonly<Record<string, number>>,
): Pick<Problem, 'steps' | 'answer'> | undefined {
  const results: number[] = [];
  const lines: string[] = [];
  const read = (operand: string) =>
    operand.startsWith('#') ? results[Number(operand.slice(1)) - 1] : numbers[operand];
  for (const step of steps) {
    const [x, operator, y] = step.split(' ') as [string, Operator, string];
    const [left, right] = [read(x), read(y)];
    if (left === undefined || right === undefined) throw new Error(`"${step}" names what is not there`);
    const result = reckoned(left, operator, right);
    if (result === undefined) return undefined;
    results.push(result);
    lines.push(`${left} ${operator} ${right} = ${result}`);
  }
  return { steps: lines, answer: String(results.at(-1)) };
}

type Operator = '+' | '-' | '*' | '/' | '%';

/** Undefined where the result is not a whole number from 0 to the largest. */
export function reckoned(left: number, operator: Operator, right: number): number | undefined {
  const result = { '+': left + right, '-': left - right, '*': left * right, '/': left / right, '%': left % right }[
    operator
  ];
  return Number.isInteger(result) && result >= 0 && result <= LARGEST ? result : undefined;
}

/** The solution as the model is to write it: steps within `<think>`, one a line, then the answer. */
export function written({ steps, answer }: Problem): string {
  return `<think>${steps.map((step) => `${step}\n`).join('')}</think>${answer}`;
}
