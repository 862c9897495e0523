import { uniformGenerator } from '../../../generation/uniforms.ts';
import { itemSeed } from '../../batch.ts';
import { integer, pick, shuffled, weighted } from '../chance.ts';
import type { Random, Split } from '../world.ts';
import { story } from './stories.ts';
import { NAMES, TEST_TEMPLATES, type Template, THINGS, TRAINING_TEMPLATES } from './templates.ts';

/** A word problem with its solution, one step a line. */
export interface Problem {
  readonly question: string;
  /** e.g. `12 + 7 = 19`. */
  readonly steps: readonly string[];
  readonly answer: string;
}

/** What a slot counts, by its letter: an amount, a change of it, groups and what each of them holds, pages of a book. */
const SIZES: Readonly<Record<string, Size>> = {
  ...{ a: 'amount', b: 'change', c: 'change', d: 'change', e: 'change', f: 'total' },
  ...{ k: 'group', l: 'group', n: 'group', j: 'each', m: 'each' },
};

type Size = 'amount' | 'change' | 'group' | 'each' | 'total';
type Ranges = Readonly<Record<Size, readonly (readonly [number, number])[]>>;

/**
 * Numbers that problems of training speak of, from and to, both included. What is left out is narrow, so that each digit is
 * met in each place: a model that never saw a change of twenty-odd dropped the 2 of it.
 */
const SEEN: Ranges = {
  amount: [
    [20, 62],
    [68, 92],
    [98, 129],
  ],
  change: [
    [2, 22],
    [28, 39],
  ],
  group: [[2, 9]],
  each: [[2, 19]],
  total: [
    [200, 329],
    [370, 499],
  ],
};

/** Amounts, changes and totals of the test set stand in no problem of training; what is multiplied is that of the same tables. */
const UNSEEN: Ranges = {
  amount: [
    [63, 67],
    [93, 97],
  ],
  change: [[23, 27]],
  group: [[2, 9]],
  each: [[2, 19]],
  total: [[330, 369]],
};

/** No number of a problem is larger. */
const LARGEST = 999;

/** How often training tells a story put together at random, and not a written one. */
const STORIES = 0.6;

/**
 * A problem of the split: validation has training's stories with other numbers drawn, the test set stories and ranges of
 * numbers of its own. `slips` is the share of steps that come out wrong, as they do where people reckon: the steps after it,
 * and the answer, go on from there.
 */
export function problem(random: Random, split: Split, slips = 0): Problem {
  const template = told(random, split);
  const [A = '', B = ''] = shuffled(random, NAMES);
  const words = { A, B, things: pick(random, THINGS) };
  const letters = [...new Set([...template.text.matchAll(/\{([a-z]\d*)\}/g)].map(([, slot = '']) => slot))];
  const ranges = split === 'test' ? UNSEEN : SEEN;
  const come = (result: number) => (slips > 0 && random() < slips ? slipped(random, result) : result);
  for (;;) {
    const numbers = Object.fromEntries(letters.map((slot) => [slot, number(random, ranges, slot)]));
    const solution = solved(template, numbers, come);
    if (!solution) continue;
    const slots: Readonly<Record<string, string | number>> = { ...words, ...numbers };
    const question = template.text.replace(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot]));
    return { question, ...solution };
  }
}

/** Problem `index` of a split for evaluation: the same whatever was drawn before. */
export function problemAt(split: Split, seed: number, index: number): Problem {
  return problem(uniformGenerator(itemSeed(seed, split, index)), split);
}

function told(random: Random, split: Split): Template {
  if (split === 'test') return pick(random, TEST_TEMPLATES);
  return random() < STORIES ? story(random) : pick(random, TRAINING_TEMPLATES);
}

function number(random: Random, ranges: Ranges, slot: string): number {
  const size = SIZES[slot[0] ?? ''];
  if (!size) throw new Error(`nothing says how large "${slot}" is`);
  const widths = ranges[size].map(([least, most]) => most - least + 1);
  return integer(random, ...(ranges[size][weighted(random, widths)] as readonly [number, number]));
}

/** Undefined where a step would be negative, a fraction or too large. */
function solved(
  { steps }: Template,
  numbers: Readonly<Record<string, number>>,
  come: (result: number) => number,
): Pick<Problem, 'steps' | 'answer'> | undefined {
  const results: number[] = [];
  const lines: string[] = [];
  const read = (operand: string) =>
    operand.startsWith('#') ? results[Number(operand.slice(1)) - 1] : numbers[operand];
  for (const step of steps) {
    const [x, operator, y] = step.split(' ') as [string, Operator, string];
    const [left, right] = [read(x), read(y)];
    if (left === undefined || right === undefined) throw new Error(`"${step}" names what is not there`);
    const exact = reckoned(left, operator, right);
    if (exact === undefined) return undefined;
    const result = come(exact);
    results.push(result);
    lines.push(`${left} ${operator} ${right} = ${result}`);
  }
  return { steps: lines, answer: String(results.at(-1)) };
}

/** A result that is off by one, or by ten. */
function slipped(random: Random, result: number): number {
  const wrong = [result - 10, result - 1, result + 1, result + 10];
  return pick(
    random,
    wrong.filter((other) => other >= 0 && other <= LARGEST),
  );
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
