import { describe, expect, it, test } from 'vitest';
import { preferenceIn, scoreIn } from '../../../nodes/critic/asked.ts';
import { overall } from '../../../nodes/critic/dimensions.ts';
import { judgedByTruth } from '../../../nodes/critic/rules.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { shapes } from '../../../nodes/training/data/shapes/world.ts';

const TRUTH = 'a large red circle, 2 small blue squares and a small green star';

describe('by the truth', () => {
  it.each([
    // The right value is all that was asked for.
    ['how many blue squares are there?', '2', [1, 1, 1, 1]],
    ['how many blue squares are there?', 'there are two blue squares', [1, 1, 1, 1]],
    // A wrong one is to the point, and names nothing that is not there.
    ['how many blue squares are there?', '3', [0, 1, 1, 1]],
    ['is there a pink star?', 'no', [1, 1, 1, 1]],
    ['is there a pink star?', 'yes , a pink star', [0, 1, 1, 0]],
    ['what colour is the star?', 'green', [1, 1, 1, 1]],
    ['what size is the circle?', 'large', [1, 1, 1, 1]],
    ['what shape is the red thing?', 'a square', [0, 1, 1, 1]],
    // Says something true that was not asked.
    ['what colour is the star?', 'there is a large red circle', [0.5, 0.5, 1, 1]],
    ['how many stars are there?', 'hello', [0, 0, 0, 1]],
    // Descriptions
    ['describe the picture', TRUTH, [1, 1, 1, 1]],
    ['describe the picture', 'a large red circle', [1, 1, 0.25, 1]],
    ['describe the picture', 'a red circle and a star', [1, 1, 0.25, 1]],
    ['describe the picture', 'a pink star and a large red circle', [0.5, 1, 0.25, 0.5]],
    ['describe the picture', '3 small blue squares', [0, 1, 0.5, 1]],
    ['describe the picture', 'a green star , no triangles', [1, 1, 2 / 12, 1]],
    ['describe the picture', '', [0, 0, 0, 1]],
    ['is the circle red?', 'yes', [1, 1, 1, 1]],
    ['is the colour of the star blue?', 'no', [1, 1, 1, 1]],
  ] as const)('%s %s', (question, answer, [accuracy, relevance, detail, hallucination]) => {
    const scores = judgedByTruth(TRUTH, question, answer);
    const expected = { accuracy, relevance, detail, hallucination };
    for (const [dimension, score] of Object.entries(expected))
      expect([dimension, scores[dimension as keyof typeof expected]?.toFixed(3)]).toEqual([
        dimension,
        score.toFixed(3),
      ]);
  });

  it('right answers of the shapes world are accurate and wrong ones are not, whatever is asked and however it is worded', () => {
    const random = uniformGenerator(3);
    for (const kind of ['existence', 'counting', 'attribute', 'description']) {
      const judged = { right: 0, wrong: 0, n: 0 };
      for (let index = 0; index < 60; index++) {
        const scene = shapes.scene(random, 'test');
        const truth = shapes.describe(scene, random);
        const asked = shapes.ask(scene, random, kind);
        if (!asked) continue;
        const judge = (answer: string) => judgedByTruth(truth, asked.question, answer);
        const right = judge(asked.answer);
        expect([asked.question, truth, right]).toMatchObject([asked.question, truth, { detail: 1, hallucination: 1 }]);
        judged.n++;
        judged.right += right.accuracy ?? 0;
        judged.wrong += judge(wrong(asked.answer)).accuracy ?? 0;
      }
      expect(judged.n).toBeGreaterThan(30);
      expect([kind, judged.right]).toEqual([kind, judged.n]);
      // A description with one thing put into it stays right in the rest.
      expect(judged.wrong).toBeLessThan(kind === 'description' ? judged.n : 1);
    }
  });

  it('a truth that names no shape is refused', () => {
    expect(() => judgedByTruth('a fine day', 'describe the picture', 'a circle')).toThrow(/names no shape/);
  });
});

/** An answer that is of the same sort, and does not hold. */
function wrong(answer: string): string {
  if (/^\d+$/.test(answer)) return String(Number(answer) + 1);
  const others: Readonly<Record<string, string>> = {
    yes: 'no',
    no: 'yes',
    large: 'small',
    small: 'large',
    red: 'blue',
    circle: 'star',
  };
  if (answer.includes(' ')) return `${answer} and 9 small pink stars`;
  return others[answer] ?? (['square', 'triangle', 'star'].includes(answer) ? 'circle' : 'red');
}

test('what a judge says is read as a score from 0 to 10, or as a letter', () => {
  expect(['8', 'I give it 7.5/10.', '10', 'eleven: 11', 'good'].map(scoreIn)).toEqual([
    0.8,
    0.75,
    1,
    undefined,
    undefined,
  ]);
  expect(['A', 'B is better', 'tie', 'All are'].map(preferenceIn)).toEqual([1, -1, 0, 0]);
  expect(overall({ accuracy: 1, relevance: undefined, detail: 0, hallucination: undefined })).toBe(0.5);
});
