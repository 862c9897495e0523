import { pick } from '../chance.ts';
import { askDigits, valuesOf } from '../digits/questions.ts';
import type { DigitsScene } from '../digits/scene.ts';
import { loadDigits } from '../digits/world.ts';
import { word } from '../wording.ts';
import type { Question, Random, World } from '../world.ts';
import { WORDINGS } from './language.ts';

type Kind = keyof typeof WORDINGS;

const KINDS = Object.keys(WORDINGS) as Kind[];

/** The scenes and splits of the digits' world, with questions of two steps: for evaluation, no model was trained on them. */
export async function loadVisualArithmetic(readText: (path: string) => Promise<string>): Promise<World<DigitsScene>> {
  const digits = await loadDigits(readText);
  return {
    ...digits,
    name: 'visual-arithmetic',
    kinds: KINDS,
    curriculum: digits.kinds,
    ask: (scene, random, kind) =>
      kind !== undefined && digits.kinds.includes(kind)
        ? askDigits(scene, random, kind)
        : ask(valuesOf(scene), random, (kind as Kind | undefined) ?? pick(random, KINDS)),
  };
}

/** Undefined where there are no two digits to reckon with. */
function ask(values: readonly number[], random: Random, kind: Kind): Question | undefined {
  if (values.length < 2) return undefined;
  const question = word(random, WORDINGS[kind]);
  return { question, answer: String(reckoned(values, kind)), kind, hallucination: 'quantity' };
}

/** `values` from left to right. */
function reckoned(values: readonly number[], kind: Kind): number {
  const [first = 0] = values;
  const last = values.at(-1) ?? 0;
  const [largest, smallest] = [Math.max(...values), Math.min(...values)];
  switch (kind) {
    case 'extremes':
      return largest + smallest;
    case 'range':
      return largest - smallest;
    case 'twice':
      return 2 * first + last;
    case 'product':
      return first * last;
    case 'rest':
      return values.reduce((sum, value) => sum + value) - largest;
  }
}
