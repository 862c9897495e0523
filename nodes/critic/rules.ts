import type { Field, Noun } from '../training/data/shapes/noun.ts';
import type { Scores } from './dimensions.ts';
import { numberIn, type Statement, statementsIn, wordsOf } from './statements.ts';

/**
 * A critic that knows what is in the picture, in the shapes' world: `truth` says it in words ("a large red circle and 2
 * small blue squares", or as `patchbay data shapes` describes scenes). What the truth leaves open contradicts nothing.
 * Throws an `Error` where the truth names no shape.
 */
export function judgedByTruth(truth: string, question: string, answer: string): Scores {
  const scene = sceneOf(truth);
  const asked = askedOf(scene, question);
  const given = asked && valueIn(asked.about, answer);
  // A bare "red" or "a square" is the value that was asked for, and names no thing.
  const bare = ({ noun }: Statement) => noun.kind === undefined || `${fieldsOf(noun)}` === asked?.about;
  const said = statementsIn(answer).filter((each) => !asked || !bare(each));
  const about = (statement: Statement) => asked === undefined || agree(statement.noun, asked.noun);
  const right = [
    ...(asked?.value !== undefined ? [given === asked.value] : []),
    ...said.map((each) => holds(scene, each)),
  ];
  return {
    // Of a question that the truth does not settle, nothing may be left that could be right or wrong.
    accuracy: right.length === 0 && given !== undefined ? undefined : share(right, 0),
    relevance: share([...(asked ? [given !== undefined] : []), ...said.map(about)], 0),
    detail: asked ? Number(given !== undefined) : detail(scene, said),
    hallucination: share(
      said.filter(({ denied }) => !denied).map(({ noun }) => countOf(scene, noun) > 0),
      1,
    ),
  };
}

/** Shapes by what is known of each. */
function sceneOf(truth: string): Noun[] {
  const scene = statementsIn(truth).flatMap(({ noun, count = 1, denied }) =>
    denied ? [] : Array<Noun>(count).fill(noun),
  );
  if (scene.length === 0)
    throw new Error(
      `the truth names no shape: write what is in the picture, e.g. "a large red circle and 2 small blue squares"`,
    );
  return scene;
}

const fieldsOf = (noun: Noun) => Object.keys(noun) as Field[];

/** Nothing that both say differs. */
function agree(a: Noun, b: Noun): boolean {
  return fieldsOf(a).every((field) => b[field] === undefined || a[field] === b[field]);
}

function countOf(scene: readonly Noun[], noun: Noun): number {
  return scene.filter((thing) => agree(thing, noun)).length;
}

function holds(scene: readonly Noun[], { noun, count, denied }: Statement): boolean {
  const found = countOf(scene, noun);
  if (denied) return found === 0;
  return count === undefined ? found > 0 : found === count;
}

function share(flags: readonly boolean[], ofNone: number): number {
  return flags.length > 0 ? flags.filter(Boolean).length / flags.length : ofNone;
}

/** What share of all that is known of the shapes was said, each thing named once for one shape, the most telling first. */
function detail(scene: readonly Noun[], said: readonly Statement[]): number {
  const named = said
    .flatMap(({ noun, count = 1, denied }) => (denied ? [] : Array<Noun>(Math.min(count, scene.length)).fill(noun)))
    .sort((a, b) => fieldsOf(b).length - fieldsOf(a).length);
  const left = [...scene];
  let told = 0;
  for (const noun of named) {
    const at = left.findIndex((thing) => agree(thing, noun));
    const [thing] = at < 0 ? [] : left.splice(at, 1);
    if (thing) told += fieldsOf(noun).filter((field) => thing[field] !== undefined).length;
  }
  return told / scene.reduce((sum, thing) => sum + fieldsOf(thing).length, 0);
}

/** What a short answer says: a number, yes or no, a value of a field, or something else. */
type About = 'count' | 'yes-no' | 'other' | Field;

interface Asked {
  readonly about: About;
  /** What is asked about. */
  readonly noun: Noun;
  /** The right answer; absent where the truth does not say it. */
  readonly value?: string | undefined;
}

const QUESTIONS: readonly (readonly [RegExp, About])[] = [
  // Comparisons and relations: how things stand to each other is not in the truth.
  [/\b(more|fewer|less|most|as many|than|same|larger|bigger|smaller|left|right|above|below|over|under)\b/, 'other'],
  [/\bhow many\b|\bcount\b|\bnumber of\b/, 'count'],
  [/\bsize\b|\bhow big\b|\blarge or small\b|\bsmall or large\b/, 'size'],
  [/^(is|are|do|does|can|would)\b|\byes or no\b/, 'yes-no'],
  [/\bcolou?r\b/, 'colour'],
  [/\b(what|which) (kind|shape)\b|\bshape of\b|^what is the\b/, 'kind'],
];

/** A question with one short answer; `undefined` for any other, such as one for a description. */
function askedOf(scene: readonly Noun[], question: string): Asked | undefined {
  const text = question.toLowerCase().trim();
  const about = QUESTIONS.find(([pattern]) => pattern.test(text))?.[1];
  if (!about) return undefined;
  const [noun, claim] = statementsIn(text).map((statement) => statement.noun);
  return { about, noun: noun ?? {}, value: rightValue(scene, about, noun ?? {}, claim) };
}

/** `claim`: what is said of the noun, as in "is the circle red?". */
function rightValue(scene: readonly Noun[], about: About, noun: Noun, claim: Noun | undefined): string | undefined {
  const meant = scene.filter((thing) => agree(thing, noun));
  if (about === 'count') return String(meant.length);
  if (about === 'other') return undefined;
  if (about === 'yes-no') {
    const claimed = claim ? meant.map((thing) => agree(claim, thing)) : [meant.length > 0];
    // Where some fit and some do not, nothing says which was meant.
    return new Set(claimed).size === 1 ? (claimed[0] ? 'yes' : 'no') : undefined;
  }
  const values = new Set(meant.map((thing) => thing[about]));
  return values.size === 1 ? [...values][0] : undefined;
}

/** The first value in a text of the sort that was asked for. */
function valueIn(about: About, text: string): string | undefined {
  const words = wordsOf(text);
  if (about === 'other') return text.trim() || undefined;
  if (about === 'yes-no') return words.find((word) => word === 'yes' || word === 'no');
  if (about === 'count') {
    const number = words.map(numberIn).find((value) => value !== undefined);
    return number === undefined ? undefined : String(number);
  }
  return statementsIn(text).find(({ noun }) => noun[about] !== undefined)?.noun[about];
}
