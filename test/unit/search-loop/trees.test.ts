import { expect, test } from 'vitest';
import type { SearchResult } from '../../../nodes/search-loop/search.ts';
import { beam, lookahead } from '../../../nodes/search-loop/strategies/beam.ts';
import { contrastiveMcts } from '../../../nodes/search-loop/strategies/contrastive-mcts.ts';
import { mcts, select, ucb } from '../../../nodes/search-loop/strategies/mcts.ts';
import { type Answer, mctsr, selected } from '../../../nodes/search-loop/strategies/mctsr.ts';
import { TreeNode } from '../../../nodes/search-loop/tree.ts';
import { budget, contextOf, type Script, ScriptedBranching, verifier } from './scripted.ts';

const still = new ScriptedBranching(() => '<end>');

function node(visits: number, total: number, ...children: readonly TreeNode[]): TreeNode {
  const made = new TreeNode(0, undefined, still, '', 0, still.root);
  made.visits = visits;
  made.total = total;
  made.children.push(...children);
  return made;
}

const nodeOf = ({ nodes }: SearchResult, text: string) => nodes.find((each) => each.text.trim() === text);

test('UCB follows Q + c √(ln N(s) / N(s, a)), reckoned by hand', () => {
  const [a, b, c] = [node(6, 4.5), node(3, 2.4), node(1, 0.1)];
  const root = node(10, 7, a, b, c);
  // ln 10 = 2.302585: 0.75 + √0.383764, 0.8 + √0.767528, 0.1 + √2.302585.
  expect([a, b, c].map((child) => ucb(root, child, 1))).toEqual([
    expect.closeTo(1.369487, 5),
    expect.closeTo(1.676087, 5),
    expect.closeTo(1.617427, 5),
  ]);
  expect(select(root, 1)).toBe(b);
  expect(select(root, 0)).toBe(b);
  // With c = 2 what was tried once comes before: 1.989, 2.552, 3.135.
  expect(select(root, 2)).toBe(c);
  const untried = node(0, 0);
  root.children.push(untried);
  expect(select(root, 0)).toBe(untried);
});

test('selection goes down to a leaf', () => {
  const [deep, other] = [node(1, 1), node(2, 0.2)];
  const root = node(4, 2, node(3, 1.2, deep, other), node(1, 0));
  // Of the first level: 0.4 + √(ln 4 / 3) = 1.080 against √(ln 4) = 1.177; with c = 0.5: 0.740 against 0.589.
  expect(select(root, 1)).toBe(root.children[1]);
  expect(select(root, 0.5)).toBe(deep);
});

/** Two ways at each step; all that begins with `a` is right. The third step ends it. */
const twoWays: Script = (text, draw) => {
  const steps = text.split('\n').length - 1;
  if (steps === 2) return `${text.startsWith('<think> a') ? 'right' : 'wrong'} <end>`;
  return `${steps === 0 ? '<think> ' : ''}${draw % 2 === 0 ? 'a' : 'b'} ${steps === 1 ? '</think> \n' : '\n'}`;
};

test('a tree search visits as reckoned by hand, and rewards come up to the root', async () => {
  const judge = verifier((text) => ({ score: text.startsWith('<think> a') ? 1 : 0 }));
  const context = contextOf(new ScriptedBranching(twoWays), { verifier: judge, budget: budget(6) });
  const result = await mcts(context);
  // 1: the root goes on with a and b, worth 1 and 0. 2: UCB is 1.83 and 0.83, so a goes on twice, worth 1 each.
  // 3: UCB is 1.68 for a (N = 3 of 4) and 1.18 for b: a again, and of its two the first.
  expect(result.nodes[0]).toMatchObject({ visits: 6, value: expect.closeTo(5 / 6, 10) });
  expect(nodeOf(result, '<think> a')).toMatchObject({ visits: 5, value: 1, chosen: true });
  expect(nodeOf(result, '<think> b')).toMatchObject({ visits: 1, value: 0, chosen: false });
  expect(result.candidates[result.chosen ?? -1]?.answer).toBe('right');
  expect(context.nodes.size).toBeGreaterThan(6);
});

test('without playing to the end, a tree search grows steps alone and ends in one solution', async () => {
  const judge = verifier((text) => ({ score: 0.5, steps: [text.startsWith('<think> a') ? 0.9 : 0.2] }), 'process');
  const branching = new ScriptedBranching(twoWays);
  const settings = { exploration: 0, width: 2, lookahead: 1, rollout: 'verifier' as const, enough: 1 };
  const result = await mcts(contextOf(branching, { verifier: judge, budget: budget(4), settings }));
  expect(result.candidates).toHaveLength(1);
  expect(result.candidates[0]?.answer).toBe('right');
  // Two first steps, two that follow the better one, and one of those to its end.
  expect(branching.asked).toEqual(['', '<think> a \n', '<think> a \n a </think>']);
});

test('a beam keeps the best beginnings and lets the others go', async () => {
  const value = { w: 0.1, x: 0.7, y: 0.9, z: 0.3 };
  const script: Script = (text, draw) => {
    if (text === '') return `<think> ${'wxyz'[draw % 4]} \n`;
    return text.includes('</think>') ? 'done <end>' : `</think>`;
  };
  const judge = verifier((text) => {
    const first = text.split(' ')[1] as keyof typeof value;
    return { score: value[first], steps: [value[first]] };
  }, 'process');
  const branching = new ScriptedBranching(script);
  const result = await beam(contextOf(branching, { verifier: judge, budget: budget(4) }));
  // N = 4 and M = 2 keep two of the four first steps, best first; then the best two of the next four.
  expect(branching.asked).toEqual([
    '',
    '<think> y \n',
    '<think> x \n',
    '<think> y \n </think>',
    '<think> y \n </think>',
  ]);
  expect(result.candidates.map(({ score }) => score)).toEqual([0.9, 0.9, 0.9, 0.9]);
  expect(nodeOf(result, '<think> w')?.chosen).toBe(false);
});

test('looking ahead finds what a look at the step itself does not', async () => {
  const script: Script = (text, draw) => {
    if (text === '') return `<think> ${draw % 2 === 0 ? 'fair' : 'foul'} \n`;
    if (text.includes('</think>')) return `${text.includes('fair') ? 'lost' : 'won'} <end>`;
    return '</think>';
  };
  const judge = verifier((text) => {
    const [fair, ahead] = [text.includes('fair'), text.includes('</think>')];
    return { score: fair === ahead ? 0.1 : 0.9, steps: [fair === ahead ? 0.1 : 0.9] };
  }, 'process');
  const of = () => contextOf(new ScriptedBranching(script), { verifier: judge, budget: budget(2) });
  const answersOf = ({ candidates }: SearchResult) => [...new Set(candidates.map(({ answer }) => answer))];
  expect(answersOf(await beam(of()))).toEqual(['lost']);
  const seen = await lookahead(of());
  expect(answersOf(seen)).toEqual(['won']);
  expect(seen.nodes.filter(({ text }) => text.includes('fair'))).toHaveLength(1);
});

test('a tree of answers refines by UCT: who is good, and who was refined less', () => {
  const answer = (q: number, visits: number, father?: Answer, ...children: Answer[]): Answer => ({
    solution: node(visits, q * visits),
    ...(father && { father }),
    children,
    q,
    visits,
  });
  const root = answer(0.5, 3);
  const [good, poor] = [answer(0.9, 1, root), answer(0.1, 1, root)];
  root.children.push(good, poor);
  // √((ln 3 + 1) / 1) = 1.449 for both children, √((ln 3 + 1) / 3) = 0.836 for the root.
  expect(selected([root, good, poor], { exploration: 1, width: 2 })).toBe(good);
  // The root has its two children, one of them better: it is refined no more, whatever c is.
  expect(selected([root], { exploration: 9, width: 2 })).toBeUndefined();
  expect(selected([root], { exploration: 1, width: 3 })).toBe(root);
});

test('refining with a judge of steps keeps all up to the step that is doubted', async () => {
  const script: Script = (text, draw) => {
    if (text === '') return '<think> good \n';
    if (text.includes('</think>')) return 'answer <end>';
    if (text.split('\n').length === 2) return draw === 0 ? 'bad \n' : 'better \n';
    return '</think>';
  };
  const judge = verifier((text) => {
    const steps = text.split('\n').map((step) => (step.includes('bad') ? 0.1 : 0.9));
    return { score: Math.min(...steps), steps };
  }, 'process');
  const branching = new ScriptedBranching(script);
  const result = await mctsr(contextOf(branching, { verifier: judge, budget: budget(2) }));
  expect(result.candidates.map(({ score }) => score)).toEqual([0.1, 0.9]);
  expect(result.chosen).toBe(1);
  // The first step was written once, and gone on from twice.
  expect(branching.asked.filter((text) => text === '')).toHaveLength(1);
  expect(branching.asked.filter((text) => text === '<think> good \n')).toHaveLength(2);
});

test('the contrastive search goes where the models differ most', async () => {
  const branching = new ScriptedBranching(twoWays);
  const amateur: NonNullable<Parameters<typeof contrastiveMcts>[0]['amateur']> = async (_, branches) =>
    branches.map(({ text, logProbs }) => logProbs.map(() => (text.startsWith('<think> b') ? -4 : -0.2)));
  const result = await contrastiveMcts(contextOf(branching, { amateur, budget: budget(8) }));
  const [a, b] = [nodeOf(result, '<think> a'), nodeOf(result, '<think> b')];
  expect(b?.value).toBeGreaterThan(a?.value ?? 1);
  expect(b?.visits).toBeGreaterThan(a?.visits ?? 8);
});
