import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STRATEGY_NAMES, whatIsMissing } from '../../../nodes/search-loop/kinds.ts';
import { computeOptimal } from '../../../nodes/search-loop/strategies/compute-optimal.ts';
import { quality, reasoningAware } from '../../../nodes/search-loop/strategies/early-stop.ts';
import { strategies } from '../../../nodes/search-loop/strategies/index.ts';
import { reflexion, selfRefine } from '../../../nodes/search-loop/strategies/self-refine.ts';
import { TreeNode } from '../../../nodes/search-loop/tree.ts';
import { NOTHING_WRONG } from '../../../nodes/search-loop/words.ts';
import { answers, budget, contextOf, randomScript, ScriptedBranching, solution, verifier } from './scripted.ts';

const amateur = async (_: unknown, branches: readonly { readonly logProbs: readonly number[] }[]) =>
  branches.map(({ logProbs }) => logProbs.map((each) => each - 0.3));

/** Scores by the text alone, so that they differ. */
const judge = () =>
  verifier((text) => {
    const steps = text.split('\n').map((step) => (step.length % 7) / 7);
    return { score: Math.min(...steps), steps };
  }, 'process');

test.each(STRATEGY_NAMES)('%s ends within its budget, to the token, whatever is generated', async (name) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        candidates: fc.integer({ min: 1, max: 12 }),
        tokens: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(Number.POSITIVE_INFINITY)),
        width: fc.integer({ min: 1, max: 4 }),
        rollout: fc.constantFrom('sample', 'greedy', 'verifier' as const),
        exploration: fc.constantFrom(0, 1),
      }),
      async ({ seed, candidates, tokens, width, rollout, exploration }) => {
        const opened: ScriptedBranching[] = [];
        const context = contextOf(new ScriptedBranching(() => '<end>'), {
          async open() {
            const branching = new ScriptedBranching(randomScript(seed + opened.length));
            opened.push(branching);
            return branching;
          },
          verifier: judge(),
          amateur,
          budget: budget(candidates, tokens),
          settings: { exploration, width, lookahead: 2, rollout, enough: 0.9 },
          maxTokens: 40,
        });
        const result = await strategies[name](context);
        const generated = opened.reduce((sum, { spent }) => sum + spent.generated, 0);
        expect(result.spent.generated).toBe(generated);
        expect(generated).toBeLessThanOrEqual(tokens);
        expect(result.spent.answer).toBeLessThanOrEqual(generated);
        for (const { text } of result.candidates) expect(text).not.toBe('');
        if (result.chosen === undefined) expect(result.candidates).toEqual([]);
        else expect(result.candidates[result.chosen]).toBeDefined();
        // What was told while it ran is the tree that came out.
        for (const node of result.nodes) expect(context.nodes.get(node.id)).toEqual(node);
        for (const { parent } of result.nodes) if (parent !== undefined) expect(context.nodes.has(parent)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

test('of a budget of tokens at most one is left for each row of the batch', async () => {
  const branching = new ScriptedBranching(() => solution(1, 'one two three four five six \n'));
  const result = await strategies['self-consistency'](contextOf(branching, { budget: budget(4, 30) }));
  expect(result.spent.generated).toBe(28);
  expect(result.candidates.map(({ answer }) => answer)).toEqual(['', '', '', '']);
});

test('a budget of seconds ends what would never end, and keeps what was made', async () => {
  let rounds = 0;
  const branching = new ScriptedBranching(() => (rounds++ < 8 ? solution(3) : '<think> on \n'));
  const result = await strategies.rasc(
    contextOf(branching, {
      budget: budget(1000, Number.POSITIVE_INFINITY, 0.2),
      settings: { exploration: 1, width: 2, lookahead: 1, rollout: 'sample', enough: 1 },
      maxTokens: Number.POSITIVE_INFINITY,
    }),
  );
  expect(result.candidates).toHaveLength(8);
  expect(result.candidates[result.chosen ?? -1]?.answer).toBe('3');
  expect(result.nodes.some(({ finish }) => finish === 'cancelled')).toBe(true);
});

test.each(STRATEGY_NAMES)('%s that is cancelled keeps the candidates it has', async (name) => {
  const controller = new AbortController();
  let generated = 0;
  const count = () => {
    if (++generated === 60) controller.abort();
  };
  const context = contextOf(new ScriptedBranching(() => '<end>'), {
    open: async () => new ScriptedBranching(randomScript(3), count),
    verifier: judge(),
    amateur,
    signal: controller.signal,
    budget: budget(200),
    settings: { exploration: 1, width: 2, lookahead: 1, rollout: 'sample', enough: 1 },
  });
  const result = await strategies[name](context);
  expect(result.spent.generated).toBe(generated);
  expect(generated).toBeLessThanOrEqual(60);
  expect(result.candidates.every(({ text }) => text !== '')).toBe(true);
  expect(result.chosen !== undefined).toBe(result.candidates.length > 0);
});

test('votes end early where all agree, and go on where they do not', async () => {
  const of = (...all: number[]) => contextOf(new ScriptedBranching(answers(...all)), { budget: budget(32) });
  const easy = await reasoningAware(of(5));
  expect(easy.candidates).toHaveLength(4);
  const hard = await reasoningAware(of(5, 6));
  expect(hard.candidates).toHaveLength(32);
});

test('a solution whose answer is not what its reasoning came to is worth less', async () => {
  const branching = new ScriptedBranching((_, draw) => solution(draw === 0 ? 4 : 5, 'two and two is 4 \n'));
  const result = await strategies['self-consistency'](contextOf(branching, { budget: budget(2) }));
  expect(result.candidates.map(({ answer }) => answer)).toEqual(['4', '5']);
  const worth = (answer: number) => {
    const branch = { ...branching.root, text: `<think> it is 4 \n </think> ${answer}` };
    return quality(new TreeNode(1, undefined, branching, '', 0, branch), []);
  };
  expect(worth(4)).toBeGreaterThan(worth(5));
});

test('compute goes where the first samples disagree', async () => {
  const settings = { exploration: 1, width: 2, lookahead: 1, rollout: 'sample' as const, enough: 0.95 };
  const of = (branching: ScriptedBranching) => contextOf(branching, { budget: budget(32), settings });
  expect((await computeOptimal(of(new ScriptedBranching(answers(5))))).candidates).toHaveLength(4);
  const middling = await computeOptimal(of(new ScriptedBranching(answers(5, 5, 5, 6))));
  // 3 : 1 is ahead with 0.81, 6 : 2 with 0.91, 9 : 3 with 0.95.
  expect(middling.candidates).toHaveLength(12);

  const steps = new ScriptedBranching(randomScript(1));
  const hard = await computeOptimal({ ...of(steps), verifier: judge() });
  expect(steps.asked.some((text) => text.endsWith('\n'))).toBe(true);
  expect(hard.candidates.length).toBeGreaterThan(4);
});

test('in words: an attempt is criticised and written anew until nothing is wrong', async () => {
  const asked: string[] = [];
  const said = ['4 <end>', 'the sum is wrong <end>', '5 <end>', `${NOTHING_WRONG} <end>`];
  const context = contextOf(new ScriptedBranching(() => '<end>'), {
    async open({ text }) {
      const turn = asked.push(text) - 1;
      return new ScriptedBranching(() => said[turn] ?? '<end>');
    },
  });
  const result = await selfRefine(context);
  expect(result.candidates.map(({ answer }) => answer)).toEqual(['4', '5']);
  expect(result.chosen).toBe(1);
  expect(asked[2]).toContain('the sum is wrong');
  expect(asked[3]).toContain('An attempt:\n5');
  expect(result.nodes.map(({ parent }) => parent)).toEqual([undefined, 0, 1, 2, 3]);
});

test('what was learned from a failed attempt stands in the next prompt', async () => {
  const asked: string[] = [];
  const said = ['4 <end>', 'carry the one <end>', '14 <end>'];
  const context = contextOf(new ScriptedBranching(() => '<end>'), {
    verifier: verifier((text) => ({ score: text === '14' ? 0.99 : 0.1 })),
    async open({ text }) {
      const turn = asked.push(text) - 1;
      return new ScriptedBranching(() => said[turn] ?? '<end>');
    },
  });
  const result = await reflexion(context);
  expect(result.candidates.map(({ answer }) => answer)).toEqual(['4', '14']);
  expect(result.chosen).toBe(1);
  expect(asked).toHaveLength(3);
  expect(asked[2]).toContain('- carry the one');
});

test('what a strategy cannot do without is said, with what needs nothing', () => {
  expect(whatIsMissing('self-consistency', undefined, false)).toBeUndefined();
  expect(whatIsMissing('best-of-n', undefined, false)).toMatch(/needs a verifier.*self-consistency/);
  expect(whatIsMissing('best-of-n', 'outcome', false)).toBeUndefined();
  expect(whatIsMissing('beam-search', 'outcome', false)).toMatch(/judges each step/);
  expect(whatIsMissing('sc-mcts', 'process', false)).toMatch(/"amateur"/);
});
