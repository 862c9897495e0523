import { pick, shuffled, weighted } from '../chance.ts';
import { word } from '../wording.ts';
import type { Random } from '../world.ts';
import { type Asked, firstOf } from './asked.ts';
import { LARGER, SMALLER, WORDINGS } from './language.ts';
import {
  allNouns,
  count,
  type Field,
  mention,
  type Named,
  type Noun,
  namedShapes,
  phrase,
  plural,
  presentNouns,
  the,
} from './noun.ts';
import type { Shape } from './shape.ts';

const COUNTED: readonly (readonly Field[])[] = [[], ['colour'], ['kind'], ['colour', 'kind'], ['size']];

/** How much rather a count is asked for than chance would, 0 first: large counts are rare, and each should come as often. */
const RARITY = [1, 1, 2.2, 6, 16, 40, 60];

export function counting(shapes: readonly Shape[], random: Random): Asked | undefined {
  const groups = new Map<string, { answer: number; nouns: Noun[] }>();
  for (const fields of COUNTED)
    for (const noun of counted(shapes, fields)) {
      const answer = count(shapes, noun);
      const key = `${fields.join()} ${answer}`;
      const group = groups.get(key) ?? { answer, nouns: [] };
      group.nouns.push(noun);
      groups.set(key, group);
    }
  const list = [...groups.values()];
  const weights = list.map(({ answer }) => RARITY[answer] ?? 1);
  const group = list[weighted(random, weights)];
  if (!group) return undefined;
  const question = word(random, WORDINGS.counting, { plural: plural(pick(random, group.nouns)) });
  return [question, String(group.answer), 'quantity'];
}

/** What is there, and what is not but shares a field with something that is. */
function counted(shapes: readonly Shape[], fields: readonly Field[]): Noun[] {
  return allNouns(fields).filter(
    (noun) => fields.length < 2 || fields.some((field) => shapes.some((shape) => shape[field] === noun[field])),
  );
}

export function comparison(shapes: readonly Shape[], random: Random): Asked | undefined {
  return firstOf(shuffled(random, [numbers, numbers, sizes]), (ask) => ask(shapes, random));
}

type Pair = readonly [Noun, Noun];

const FORMS = ['more', 'fewer', 'same', 'majority'] as const;

/** Groups that are compared by number: two colours or two kinds that are there. */
function numbers(shapes: readonly Shape[], random: Random): Asked | undefined {
  const pairs = (['colour', 'kind'] as const).flatMap((field) => pairsOf(presentNouns(shapes, [field])));
  const difference = ([a, b]: Pair): number => count(shapes, a) - count(shapes, b);
  const equal = pairs.filter((pair) => difference(pair) === 0);
  const unequal = pairs.filter((pair) => difference(pair) > 0);
  if (unequal.length === 0) return undefined;
  const yes = random() < 0.5;
  const answer = yes ? 'yes' : 'no';
  const form = pick(random, equal.length > 0 ? FORMS : (['more', 'fewer', 'majority'] as const));
  const [more, less] = pick(random, unequal);
  if (form === 'majority') return ofPair(random, form, shuffled(random, [more, less]), plural(more));
  // One no in four is a tie.
  const tie = form === 'same' ? yes : !yes && equal.length > 0 && random() < 0.25;
  if (tie) return ofPair(random, form, pick(random, equal), answer);
  if (form === 'same') return ofPair(random, form, shuffled(random, [more, less]), answer);
  return ofPair(random, form, (form === 'more') === yes ? [more, less] : [less, more], answer);
}

function ofPair(random: Random, form: (typeof FORMS)[number], pair: readonly Noun[], answer: string): Asked {
  const [a, b] = pair.map((noun) => plural(noun)) as [string, string];
  return [word(random, WORDINGS[form], { a, b }), answer, 'quantity'];
}

/** Every pair in both orders. */
function pairsOf(nouns: readonly Noun[]): Pair[] {
  return nouns.flatMap((a) => nouns.filter((b) => b !== a).map((b): Pair => [a, b]));
}

/** Names that do not tell the size. */
const SIZELESS: readonly (readonly Field[])[] = [['colour', 'kind'], ['colour', 'kind'], ['kind']];

/** A large thing and a small one, which is which. */
function sizes(shapes: readonly Shape[], random: Random): Asked | undefined {
  const named = namedShapes(shapes, random, SIZELESS);
  const ofSize = (size: Shape['size']): Named | undefined => named.find((each) => each.shape.size === size);
  const [large, small] = [ofSize('large'), ofSize('small')];
  if (!large || !small) return undefined;
  const [first, second] = shuffled(random, [large, small]) as [Named, Named];
  const asksLarger = random() < 0.5;
  const slots = {
    larger: pick(random, asksLarger ? LARGER : SMALLER),
    a: the(random, first.noun),
    b: the(random, second.noun),
  };
  const wanted = asksLarger ? large : small;
  const mentions = [mention(slots.a, first.shape), mention(slots.b, second.shape)];
  if (random() < 0.5) return [word(random, WORDINGS.largest, slots), phrase(wanted.noun), 'attribute', mentions];
  return [word(random, WORDINGS.larger, slots), first === wanted ? 'yes' : 'no', 'attribute', mentions];
}
