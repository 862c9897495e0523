import type { ShapesScene } from '../../../nodes/training/data/shapes/scene.ts';

type Shape = ShapesScene['shapes'][number];

const COLOURS = /\b(?:red|orange|yellow|green|cyan|blue|purple|pink)\b/g;
const THING =
  /(?:(?:small|large|red|orange|yellow|green|cyan|blue|purple|pink) )*(?:circle|square|triangle|star|shape|object|thing)s?/g;

/** The answer of someone who reads the question and looks at the list of shapes, knowing nothing of how it was made. */
export function answerShapes(scene: ShapesScene, kind: string, question: string): string {
  const things = (question.match(THING) ?? []).map((text) => scene.shapes.filter((shape) => fits(shape, text)));
  const [first = [], second = []] = things;
  switch (kind) {
    case 'existence':
      return yesNo(first.length > 0);
    case 'attribute':
      return attribute(question, scene.shapes);
    case 'relation':
      return relation(question, only(first), only(second));
    case 'counting':
      return String(first.length);
    case 'comparison':
      return comparison(question, first, second);
    default:
      throw new Error(`no way to answer ${kind}`);
  }
}

const yesNo = (true_: boolean): string => (true_ ? 'yes' : 'no');

function fits(shape: Shape, text: string): boolean {
  return text.split(' ').every((word) => {
    const singular = word.replace(/s$/, '');
    return (
      /shape|object|thing/.test(word) || [shape.size, shape.colour, shape.kind].some((value) => value === singular)
    );
  });
}

function only(shapes: readonly Shape[]): Shape {
  if (shapes.length !== 1 || !shapes[0]) throw new Error(`${shapes.length} shapes are meant`);
  return shapes[0];
}

function attribute(question: string, shapes: readonly Shape[]): string {
  const named =
    question
      .match(new RegExp(`the (${THING.source})`, 'g'))
      ?.at(-1)
      ?.slice(4) ?? '';
  const shape = only(shapes.filter((each) => fits(each, named)));
  if (/size|how big|large or small|small or large/.test(question)) return shape.size;
  if (/^(?:what|which) (?:shape|kind)|shape of|^what is the (?!colou?r)/.test(question)) return shape.kind;
  if (/^(?:what|which|tell)/.test(question)) return shape.colour;
  return yesNo(question.match(COLOURS)?.at(-1) === shape.colour);
}

function relation(question: string, a: Shape, b: Shape): string {
  const [across, down] = [a.x - b.x, a.y - b.y];
  const difference = /left/.test(question)
    ? -across
    : /right/.test(question)
      ? across
      : /above|higher|up/.test(question)
        ? -down
        : down;
  if (Math.abs(difference) < 10) throw new Error(`"${question}" is a close call`);
  if (!/which|what/.test(question)) return yesNo(difference > 0);
  return nameIn(question, difference > 0 ? 0 : 1);
}

/** The first or second thing of a question, as it is named there. */
function nameIn(question: string, index: number): string {
  return question.match(THING)?.[index] ?? '';
}

function comparison(question: string, a: readonly Shape[], b: readonly Shape[]): string {
  if (/bigger|smaller|larger/.test(question) && !/number/.test(question)) {
    const [first, second] = [only(a), only(b)];
    if (first.size === second.size) throw new Error(`"${question}" compares equal sizes`);
    const wins = (first.size === 'large') !== /smaller/.test(question);
    return /which|what/.test(question) ? nameIn(question, wins ? 0 : 1) : yesNo(wins);
  }
  if (/fewer/.test(question)) return yesNo(a.length < b.length);
  if (/as many|same/.test(question)) return yesNo(a.length === b.length);
  if (!/which|what/.test(question)) return yesNo(a.length > b.length);
  if (a.length === b.length) throw new Error(`"${question}" is a tie`);
  return nameIn(question, a.length > b.length ? 0 : 1);
}
