/**
 * Word problems as they are told, with slots: `{A}` and `{B}` are people, `{things}` what they have, small letters numbers,
 * each letter of a size of its own (see `RANGES`). `steps` are what must be reckoned, in order; `#k` is what the k-th step came
 * to, and the last step is the answer.
 */
export interface Template {
  readonly text: string;
  readonly steps: readonly string[];
}

/** Where training problems come from. */
export const TRAINING_TEMPLATES: readonly Template[] = [
  // Two steps
  t(
    '{A} has {a} {things}. {B} gives {A} {b} more. then {A} loses {c}. how many {things} does {A} have now?',
    'a + b',
    '#1 - c',
  ),
  t(
    '{A} buys {k} boxes with {j} {things} each. {A} gives {b} to {B}. how many {things} does {A} have left?',
    'k * j',
    '#1 - b',
  ),
  t(
    '{A} has {a} {things}. {A} finds {b} more and shares them all equally among {k} friends. how many {things} does each friend get?',
    'a + b',
    '#1 / k',
  ),
  t(
    'there are {k} bags with {j} {things} each and {b} more on the table. how many {things} are there in all?',
    'k * j',
    '#1 + b',
  ),
  t('{A} has {a} {things}. {B} has {b} more than {A}. how many {things} do they have together?', 'a + b', 'a + #1'),
  t('{A} has {a} {things}. {B} has {c} fewer than {A}. how many {things} do they have together?', 'a - c', 'a + #1'),
  t('{A} has {j} {things}. {B} has {k} times as many. how many {things} do they have together?', 'j * k', 'j + #1'),
  t('{A} makes {j} {things} every hour. after {k} hours {A} sells {b}. how many {things} are left?', 'j * k', '#1 - b'),
  t(
    '{A} has {a} {things} and finds {b} more. {A} puts them into bags of {k}. how many {things} are left over?',
    'a + b',
    '#1 % k',
  ),
  t(
    'a shop has {a} {things}. it sells {c} and packs the rest into boxes of {k}. how many boxes are full?',
    'a - c',
    '#1 / k',
  ),
  t(
    '{A} earns {j} coins a day for {k} days and pays {b} coins for a gift. how many coins are left?',
    'j * k',
    '#1 - b',
  ),
  t(
    'one of the {things} costs {k} coins. {A} has {a} coins and gets {b} more. how many {things} can {A} buy?',
    'a + b',
    '#1 / k',
  ),
  t('{A} reads {j} pages a day. the book has {d} pages. how many pages are left after {k} days?', 'j * k', 'd - #1'),
  // Three steps
  t(
    '{A} has {a} {things}. {A} gives {b} to {B} and {c} to a friend. then {A} buys {d} more. how many {things} does {A} have now?',
    'a - b',
    '#1 - c',
    '#2 + d',
  ),
  t(
    '{A} buys {k} boxes with {j} {things} each. {A} loses {b} and finds {c}. how many {things} does {A} have now?',
    'k * j',
    '#1 - b',
    '#2 + c',
  ),
  t(
    '{A} has {a} {things} and {B} has {b}. they put them together and share them equally among {k} friends. then each friend finds {c} more. how many {things} does each friend have?',
    'a + b',
    '#1 / k',
    '#2 + c',
  ),
  t(
    '{A} has {k} bags with {j} {things} each. {B} has {l} bags with {m} {things} each. how many {things} do they have together?',
    'k * j',
    'l * m',
    '#1 + #2',
  ),
  t(
    '{A} has {k} bags with {j} {things} each. {B} has {b} {things}. how many more {things} does {A} have than {B} after finding {c}?',
    'k * j',
    '#1 + c',
    '#2 - b',
  ),
  t(
    '{A} makes {j} {things} every hour for {k} hours. {B} makes {b}. they give away {c}. how many {things} are left?',
    'j * k',
    '#1 + b',
    '#2 - c',
  ),
  t(
    '{A} has {a} {things}. {B} has {b} more than {A}. {B} gives {c} away. how many {things} do they have together now?',
    'a + b',
    '#1 - c',
    '#2 + a',
  ),
  t(
    'a shop has {a} {things}. it sells {b} on one day and {c} on the next. the rest is packed into boxes of {k}. how many boxes are full?',
    'a - b',
    '#1 - c',
    '#2 / k',
  ),
  t(
    '{A} earns {j} coins a day for {k} days. a gift costs {b} coins and a meal costs {c} coins. how many coins are left after both?',
    'j * k',
    'b + c',
    '#1 - #2',
  ),
  t(
    '{A} has {j} {things}. {B} has {k} times as many. a friend has {b} more than {B}. how many {things} does the friend have together with {A}?',
    'j * k',
    '#1 + b',
    '#2 + j',
  ),
  t(
    'a farm has {k} rows with {j} trees each. {b} trees fall and each tree left is worth {l} coins. how many coins are they worth?',
    'k * j',
    '#1 - b',
    '#2 * l',
  ),
  t(
    '{A} has {a} {things} and buys {b} more. {A} gives the same number to {k} friends and keeps what is left over. {A} finds {c} more. how many {things} does {A} have now?',
    'a + b',
    '#1 % k',
    '#2 + c',
  ),
  // Four steps
  t(
    '{A} has {a} {things}. {A} buys {b} more, gives {c} to {B}, finds {d} and loses {e}. how many {things} does {A} have now?',
    'a + b',
    '#1 - c',
    '#2 + d',
    '#3 - e',
  ),
  t(
    '{A} has {k} bags with {j} {things} each. {B} has {l} bags with {m} {things} each. they put them together and give away {b}. how many {things} are left?',
    'k * j',
    'l * m',
    '#1 + #2',
    '#3 - b',
  ),
  t(
    '{A} buys {k} boxes with {j} {things} each and has {a} at home. {A} gives {b} to {B} and shares the rest equally among {l} friends. how many {things} does each friend get?',
    'k * j',
    '#1 + a',
    '#2 - b',
    '#3 / l',
  ),
  t(
    '{A} makes {j} {things} every hour for {k} hours. {B} makes {m} every hour for {l} hours. there are {b} more on the table. how many {things} are there in all?',
    'j * k',
    'm * l',
    '#1 + #2',
    '#3 + b',
  ),
  t(
    'a shop has {a} {things}. it gets {k} boxes with {j} each. it sells {b} on one day and {c} on the next. how many {things} are left?',
    'k * j',
    'a + #1',
    '#2 - b',
    '#3 - c',
  ),
  t(
    '{A} has {a} {things}. {B} has {b} more than {A}. a friend has {c} fewer than {B}. how many {things} do all three have together?',
    'a + b',
    '#1 - c',
    'a + #1',
    '#3 + #2',
  ),
  t(
    '{A} earns {j} coins a day for {k} days and has {a} coins at home. {A} pays {b} coins for a gift and {c} coins for a meal. how many coins are left?',
    'j * k',
    '#1 + a',
    '#2 - b',
    '#3 - c',
  ),
  t(
    '{A} has {j} {things}. {B} has {k} times as many. they put them together, lose {b} and share the rest equally among {l} friends. how many {things} does each friend get?',
    'j * k',
    '#1 + j',
    '#2 - b',
    '#3 / l',
  ),
  t(
    'a farm has {k} rows with {j} trees each. {b} trees fall, {c} new trees grow and each tree is worth {l} coins. how many coins are they worth?',
    'k * j',
    '#1 - b',
    '#2 + c',
    '#3 * l',
  ),
  t(
    '{A} reads {j} pages a day for {k} days, then {m} pages a day for {l} days. the book has {f} pages. how many pages are left?',
    'j * k',
    'm * l',
    '#1 + #2',
    'f - #3',
  ),
  // Five steps
  t(
    '{A} has {a} {things}. {A} buys {b} more and {k} boxes with {j} each. {A} gives {c} to {B} and loses {d}. how many {things} does {A} have now?',
    'a + b',
    'k * j',
    '#1 + #2',
    '#3 - c',
    '#4 - d',
  ),
  t(
    '{A} has {k} bags with {j} {things} each and {B} has {l} bags with {m} {things} each. they put them together, find {b} and share them equally among {n} friends. how many {things} does each friend get?',
    'k * j',
    'l * m',
    '#1 + #2',
    '#3 + b',
    '#4 / n',
  ),
  t(
    'a shop has {a} {things}. it sells {b}, gets {c}, sells {d} and gets {k} boxes with {j} each. how many {things} are there now?',
    'a - b',
    '#1 + c',
    '#2 - d',
    'k * j',
    '#3 + #4',
  ),
  t(
    '{A} earns {j} coins a day for {k} days. {B} earns {m} coins a day for {l} days. together they pay {b} coins for a gift and {c} coins for a meal. how many coins are left?',
    'j * k',
    'm * l',
    '#1 + #2',
    '#3 - b',
    '#4 - c',
  ),
  t(
    '{A} has {a} {things}. {B} has {b} more than {A}. a friend has {c} more than {B}. they put them together and lose {d}. how many {things} are left?',
    'a + b',
    '#1 + c',
    'a + #1',
    '#3 + #2',
    '#4 - d',
  ),
  t(
    'a farm has {k} rows with {j} trees each. {b} trees fall and {c} new trees grow. each tree is worth {l} coins and the farm pays {d} coins. how many coins are left?',
    'k * j',
    '#1 - b',
    '#2 + c',
    '#3 * l',
    '#4 - d',
  ),
  // Six steps
  t(
    '{A} has {a} {things}. {A} buys {b}, loses {c}, finds {d}, gives {e} to {B} and buys {k} boxes with {j} each. how many {things} does {A} have now?',
    'a + b',
    '#1 - c',
    '#2 + d',
    '#3 - e',
    'k * j',
    '#4 + #5',
  ),
  t(
    '{A} has {k} bags with {j} {things} each. {B} has {l} bags with {m} {things} each. they put them together, find {b}, lose {c} and share the rest equally among {n} friends. how many {things} does each friend get?',
    'k * j',
    'l * m',
    '#1 + #2',
    '#3 + b',
    '#4 - c',
    '#5 / n',
  ),
  t(
    '{A} earns {j} coins a day for {k} days and {B} earns {m} coins a day for {l} days. together they have {a} coins at home. they pay {b} coins for a gift and {c} coins for a meal. how many coins are left?',
    'j * k',
    'm * l',
    '#1 + #2',
    '#3 + a',
    '#4 - b',
    '#5 - c',
  ),
];

/** Ten of the test set alone: the same words, other stories. */
export const TEST_TEMPLATES: readonly Template[] = [
  t(
    '{A} makes {j} {things} every hour for {k} hours and has {b} more at home. how many {things} does {A} have?',
    'j * k',
    '#1 + b',
  ),
  t(
    '{A} has {a} {things} and loses {c}. {B} has {b} more than {A} has now. how many {things} does {B} have?',
    'a - c',
    '#1 + b',
  ),
  t(
    'a farm has {k} rows with {j} trees each and {l} rows with {m} trees each. {b} trees fall. how many trees are left?',
    'k * j',
    'l * m',
    '#1 + #2',
    '#3 - b',
  ),
  t(
    'a shop gets {k} boxes with {j} {things} each. it sells {b} and shares the rest equally among {l} friends. how many {things} does each friend get?',
    'k * j',
    '#1 - b',
    '#2 / l',
  ),
  t(
    '{A} finds {a} {things}, {B} finds {b} and a friend finds {c}. they put them together and share them equally among {k} friends. how many {things} are left over?',
    'a + b',
    '#1 + c',
    '#2 % k',
  ),
  t(
    '{A} has {a} coins and earns {j} coins a day for {k} days. a gift costs {b} coins. {B} gives {A} {c} more. how many coins does {A} have after the gift?',
    'j * k',
    'a + #1',
    '#2 - b',
    '#3 + c',
  ),
  t(
    '{B} has {j} {things}. {A} has {k} times as many and finds {b} more. {A} gives {c} away. how many {things} do they have together?',
    'j * k',
    '#1 + b',
    '#2 - c',
    'j + #3',
  ),
  t(
    'the book has {f} pages. {A} reads {b} pages on one day and {c} on the next, then {j} pages a day for {k} days. how many pages are left?',
    'b + c',
    'j * k',
    '#1 + #2',
    'f - #3',
  ),
  t(
    'a shop has {k} boxes with {j} {things} each and sells {b}. it gets {l} boxes with {m} {things} each and sells {c}. how many {things} are left?',
    'k * j',
    '#1 - b',
    'l * m',
    '#2 + #3',
    '#4 - c',
  ),
  t(
    '{A} has {a} {things}. {B} has {b} fewer than {A}. a friend has {k} times as many as {B}. they put them together, lose {c} and find {d}. how many {things} are there now?',
    'a - b',
    'k * #1',
    'a + #1',
    '#3 + #2',
    '#4 - c',
    '#5 + d',
  ),
];

function t(text: string, ...steps: string[]): Template {
  return { text, steps };
}

export const NAMES = ['mia', 'tom', 'ana', 'leo', 'zoe', 'max', 'eva', 'sam', 'lena', 'omar', 'nora', 'paul'] as const;
export const THINGS = [
  'apples',
  'pears',
  'stamps',
  'cards',
  'shells',
  'beads',
  'books',
  'pens',
  'stones',
  'cakes',
] as const;
