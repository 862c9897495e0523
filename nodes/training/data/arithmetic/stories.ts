import { integer, pick } from '../chance.ts';
import type { Random } from '../world.ts';
import type { Template } from './templates.ts';

/**
 * Stories put together from clauses, for training alone: a model that has read only the written templates knows them by
 * heart, and nothing else. Slots and steps are those of templates; each clause numbers its own slots.
 */
interface Clause {
  readonly text: string;
  /** `x` is what the story came to before, `o` what the opening keeps for the end; the last step is what it comes to now. */
  readonly steps: readonly string[];
}

interface Opening extends Clause {
  /** Of whom events tell, where that is not `{A}`. */
  readonly who?: string;
  /** The slot that the story starts from, where the opening has no steps; `a` if absent. */
  readonly starts?: string;
  /** The slot that endings of its own ask back for. */
  readonly keeps?: string;
  /** Instead of all others. */
  readonly endings?: readonly Clause[];
}

const TOGETHER = [
  c('how many {things} do they have together?', 'x + o'),
  c('how many {things} do they have together now?', 'x + o'),
];
const BOOK = [c('how many pages are left?', 'o - x')];

const OPENINGS: readonly Opening[] = [
  c('{A} has {a} {things}.'),
  c('{A} finds {a} {things}.'),
  c('{A} has {a} {things} at home.'),
  c('{A} buys {k} boxes with {j} {things} each.', 'k * j'),
  c('{A} has {k} bags with {j} {things} each.', 'k * j'),
  c('{A} makes {j} {things} every hour for {k} hours.', 'j * k'),
  c('{A} earns {j} coins a day for {k} days.', 'j * k'),
  c('{A} has {a} coins and earns {j} a day for {k} days.', 'j * k', 'a + #1'),
  c('{A} earns {j} coins a day for {k} days and has {a} coins at home.', 'j * k', '#1 + a'),
  c('{A} has {a} {things} and {B} has {b}. they put them together.', 'a + b'),
  c('{A} has {k} bags with {j} {things} each and {B} has {b} {things}. they put them together.', 'k * j', '#1 + b'),
  c('a friend has {l} rows with {m} {things} each and gives them to {A}.', 'l * m'),
  c('{A} has {k} bags with {j} {things} each and {l} bags with {m} {things} each.', 'k * j', 'l * m', '#1 + #2'),
  c(
    '{A} has {k} bags with {j} {things} each and {B} has {l} bags with {m} {things} each. they put them together.',
    ...['k * j', 'l * m', '#1 + #2'],
  ),
  c('{A} has {a} {things}. {B} has {b} more than {A}. they put them together.', 'a + b', 'a + #1'),
  c('{A} has {a} {things}. {B} has {c} fewer than {A}. they put them together.', 'a - c', 'a + #1'),
  c('{A} has {j} {things}. {B} has {k} times as many. they put them together.', 'j * k', 'j + #1'),
  c('{A} finds {a} {things}, {B} finds {b} and they put them together.', 'a + b'),
  c('{A} makes {j} {things} every hour for {k} hours and {B} makes {b}.', 'j * k', '#1 + b'),
  { ...c('a shop has {a} {things}.'), who: 'it' },
  { ...c('a shop has {k} boxes with {j} {things} each.', 'k * j'), who: 'it' },
  { ...c('a shop gets {k} boxes with {j} {things} each and has {b} more.', 'k * j', '#1 + b'), who: 'it' },
  { ...c('a farm has {k} rows with {j} {things} each.', 'k * j'), who: 'it' },
  { ...c('{B} has {a} {things}. {A} has {b} more than {B}.', 'a + b'), keeps: 'a', endings: TOGETHER },
  { ...c('{B} has {a} {things}. {A} has {c} fewer than {B}.', 'a - c'), keeps: 'a', endings: TOGETHER },
  { ...c('{B} has {j} {things}. {A} has {k} times as many.', 'j * k'), keeps: 'j', endings: TOGETHER },
  { ...c('{B} has {k} bags with {j} {things} each. {A} has {a} {things}.', 'k * j'), keeps: 'a', endings: TOGETHER },
  { ...c('the book has {f} pages. {A} reads {j} pages a day for {k} days.', 'j * k'), keeps: 'f', endings: BOOK },
  { ...c('the book has {f} pages. {A} reads {b} pages on one day.'), starts: 'b', keeps: 'f', endings: BOOK },
  {
    ...c('the book has {f} pages. {A} reads {b} pages on one day and {c} on the next.', 'b + c'),
    ...{ keeps: 'f', endings: BOOK },
  },
  {
    ...c(
      '{A} reads {b} pages on one day, then {j} pages a day for {k} days. the book has {f} pages.',
      'j * k',
      'b + #1',
    ),
    ...{ keeps: 'f', endings: BOOK },
  },
];

const EVENTS: readonly Clause[] = [
  c('{A} finds {b} more.', 'x + b'),
  c('then {A} buys {b} more.', 'x + b'),
  c('{B} gives {A} {b} more.', 'x + b'),
  c('there are {b} more on the table.', 'x + b'),
  c('{A} gets {b} more on the next day.', 'x + b'),
  c('{A} loses {c}.', 'x - c'),
  c('{A} gives {c} to {B}.', 'x - c'),
  c('then {A} gives {c} away.', 'x - c'),
  c('{A} sells {c}.', 'x - c'),
  c('{A} pays {c} for a gift.', 'x - c'),
  c('{A} sells {c} on one day and {d} on the next.', 'x - c', '# - d'),
  c('{A} loses {c} and finds {b}.', 'x - c', '# + b'),
  c('{A} gets {b} and sells {c}.', 'x + b', '# - c'),
  c('{A} gets {k} boxes with {j} each.', 'k * j', 'x + #'),
  c('a friend gives {A} {k} bags with {j} each.', 'k * j', 'x + #'),
  c('then {A} makes {j} a day for {k} days.', 'j * k', 'x + #'),
];

const ENDINGS: readonly Clause[] = [
  c('how many {things} does {A} have now?'),
  c('how many {things} are left?'),
  c('how many {things} are there in all?'),
  c('{A} shares them equally among {k} friends. how many {things} does each friend get?', 'x / k'),
  c('{A} loses {c} and shares the rest equally among {k} friends. how many does each get?', 'x - c', '# / k'),
  c('{A} packs them into boxes of {k}. how many boxes are full?', 'x / k'),
  c('{A} puts them into bags of {k}. how many {things} are left over?', 'x % k'),
  c('{A} shares them equally among {k} friends. how many {things} are left over?', 'x % k'),
  c('each of them is worth {l} coins. how many coins are they worth?', 'x * l'),
  c('a friend has {b} more than {A}. how many {things} does the friend have?', 'x + b'),
  c('a friend has {k} times as many as {A}. how many {things} does the friend have?', 'k * x'),
  c('a friend has {c} fewer than {A}. how many {things} do they have together?', 'x - c', 'x + #'),
  c('a friend has {k} times as many as {A}. how many {things} do they have together?', 'k * x', 'x + #'),
];

function c(text: string, ...steps: string[]): Clause {
  return { text, steps };
}

/** Two to six steps. */
const STEPS = [2, 6] as const;

/** A story of clauses drawn at random. */
export function story(random: Random): Template {
  const wanted = integer(random, ...STEPS);
  for (;;) {
    const opening = pick(random, OPENINGS);
    const ending = pick(random, opening.endings ?? ENDINGS);
    const clauses: Clause[] = [opening];
    const count = () => [...clauses, ending].reduce((sum, { steps }) => sum + steps.length, 0);
    while (count() < wanted) clauses.push(pick(random, EVENTS));
    if (count() === wanted) return joined([...clauses, ending], opening);
  }
}

/** Clauses as one template: slots numbered by clause, steps by their place. */
function joined(clauses: readonly Clause[], { who = '{A}', keeps = '', starts = 'a' }: Opening): Template {
  const steps: string[] = [];
  let came = '';
  const texts = clauses.map(({ text, steps: own }, clause) => {
    const before = came;
    const first = steps.length;
    const operand = (name: string) => {
      if (name === 'x') return before;
      if (name === 'o') return `${keeps}0`;
      if (name === '#') return `#${steps.length}`;
      return name.startsWith('#') ? `#${first + Number(name.slice(1))}` : `${name}${clause}`;
    };
    for (const step of own) {
      const [left = '', operator = '', right = ''] = step.split(' ');
      steps.push(`${operand(left)} ${operator} ${operand(right)}`);
    }
    came = own.length > 0 ? `#${steps.length}` : before || `${starts}${clause}`;
    const told = clause === 0 ? text : text.replaceAll('{A}', who);
    return told.replace(/\{([a-z])\}/g, `{$1${clause}}`);
  });
  return { text: texts.join(' '), steps };
}
