import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Cell, POOL } from '../../../electron/backend/reasoning/cells.ts';
import { resultOf } from '../../../electron/backend/reasoning/points.ts';
import { type Setup, turnsIn } from '../../../electron/backend/reasoning/setup.ts';
import { reasoningIn } from '../../../graphs/reasoning.ts';
import { reasoningCsv, reasoningTables } from '../../../graphs/reasoning-text.ts';
import { reasoningSchemaText } from '../../../graphs/schema.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';

const N = 200;

const setup: Setup = {
  graph: 'g',
  document: { schemaVersion: 1, title: 'g', nodes: { llm: { kind: 'llm', params: { model: 'tiny:reasoner' } } } },
  target: { loop: 'search', prompt: 'question', verifier: 'verifier' },
  strategies: ['self-consistency', 'best-of-n', 'beam-search', 'compute-optimal'],
  verifiers: ['tiny:prm', 'tiny:orm'].map((name) => ({ name, params: { model: name } })),
  budgets: [1, 4, 16],
  data: { name: 'arithmetic', split: 'test', seed: 0, n: N, pictures: false, open: () => Promise.reject(new Error()) },
  seed: 0,
};

/**
 * Searches of a world in which all is known: half of the candidates are right, wrong ones differ; the first verifier tells
 * right from wrong, the second knows nothing; beam search solves nine in ten for eight candidates' tokens; compute-optimal
 * search solves all for four.
 */
function cellsOf(problems: number): Cell[] {
  const random = uniformGenerator(7);
  const pool = Array.from({ length: problems }, () => Array.from({ length: 16 }, () => random() < 0.5));
  return turnsIn(setup)
    .filter(({ problem }) => problem < problems)
    .map((turn): Cell => {
      const beside = { verifierTokens: turn.verifier ? 100 : 0, ms: 20, kvCacheBytes: 1000 };
      if (turn.strategy !== POOL) {
        const optimal = turn.strategy === 'compute-optimal';
        return { ...turn, right: optimal || random() < 0.9, tokens: optimal ? 40 : 80, ...beside };
      }
      const candidates = (pool[turn.problem] ?? []).map((right, i) => ({
        answer: right ? 'right' : `wrong ${i}`,
        right,
        tokens: 10,
        confidence: -1,
        score: turn.verifier === 'tiny:prm' ? Number(right) : 0.5,
      }));
      return { ...turn, right: true, candidates, tokens: 160, ...beside };
    });
}

const whole = resultOf(setup, turnsIn(setup), cellsOf(N));
const at = (strategy: string, budget: number, verifier?: string) =>
  whole.points.find((point) => point.strategy === strategy && point.budget === budget && point.verifier === verifier);

test('points hold what the candidates say, with intervals around it', () => {
  expect(at('pass@1', 1)?.accuracy).toBeCloseTo(0.5, 1);
  expect(at('pass@k', 4)?.accuracy).toBeCloseTo(1 - 0.5 ** 4, 1);
  // Of one candidate nothing is chosen.
  for (const [name, verifier] of [
    ['self-consistency', undefined],
    ['best-of-n', 'tiny:prm'],
    ['best-of-n', 'tiny:orm'],
  ] as const)
    expect(at(name, 1, verifier)?.accuracy).toBe(at('pass@1', 1)?.accuracy);
  // A verifier that knows reaches pass@k, one that knows nothing stays at pass@1.
  expect(at('best-of-n', 16, 'tiny:prm')?.accuracy).toBeCloseTo(at('pass@k', 16)?.accuracy ?? Number.NaN, 10);
  expect(at('best-of-n', 16, 'tiny:orm')?.accuracy).toBeCloseTo(0.5, 1);
  for (const { accuracy, low, high, n } of whole.points) {
    expect(low).toBeLessThanOrEqual(accuracy);
    expect(high).toBeGreaterThanOrEqual(accuracy);
    expect(n).toBe(N);
  }
  expect(at('best-of-n', 4, 'tiny:prm')).toMatchObject({ tokens: 40, verifierTokens: 25 });
  expect(at('best-of-n', 16, 'tiny:prm')).toMatchObject({ tokens: 160, kvCacheBytes: 1000 });
  expect(at('beam-search', 4, 'tiny:prm')).toMatchObject({ tokens: 80, kvCacheBytes: 1000 });
  expect(at('beam-search', 4, 'tiny:prm')?.seconds).toBeCloseTo(0.02);
});

test('claims say what holds and what does not', () => {
  const claims = whole.claims.map(({ claim, holds }) => [claim, holds]);
  expect(claims).toEqual([
    [expect.stringMatching(/^Self-consistency with 16 .* 8 points better than pass@1$/), true],
    [expect.stringMatching(/^Best-of-N · tiny:prm with 16 .* 12 points better than pass@1$/), true],
    [expect.stringMatching(/tiny:prm with 16 .* at least as good as Best-of-N · tiny:orm/), true],
    // Best-of-N solves nearly all for as many tokens.
    [expect.stringMatching(/^A search along steps is better/), false],
    [expect.stringMatching(/^Compute-optimal search/), true],
  ]);
  const [votes, , , steps, optimal] = whole.claims;
  expect(votes?.difference).toBeGreaterThan(0.3);
  expect(votes).toMatchObject({ differs: true });
  expect(steps?.difference).toBeLessThan(0);
  expect(optimal?.found).toContain('25.0 % of its tokens');
});

/** Sixteen searches along steps of a world in which they solve what best-of-N solves for their tokens, and `more` of the rest. */
function stepsClaim(seed: number, more: number) {
  const along = {
    ...setup,
    strategies: ['best-of-n', 'beam-search', 'lookahead', 'mcts', 'sc-mcts'],
    verifiers: setup.verifiers.slice(0, 1),
    budgets: [1, 2, 4, 8, 16],
    seed,
  };
  const random = uniformGenerator(seed);
  const chances = Array.from({ length: N }, () => random());
  const cells = turnsIn(along).map((turn): Cell => {
    const chance = chances[turn.problem] ?? 0;
    const beside = { verifierTokens: 0, ms: 20, kvCacheBytes: 1000 };
    if (turn.strategy !== POOL) {
      const right = random() > (1 - more) * (1 - chance) ** turn.budget;
      return { ...turn, right, tokens: 10 * turn.budget, ...beside };
    }
    const candidates = Array.from({ length: 16 }, (_, i) => {
      const right = random() < chance;
      return { answer: right ? 'right' : `wrong ${i}`, right, tokens: 10, confidence: -1, score: Number(right) };
    });
    return { ...turn, right: true, candidates, tokens: 160, ...beside };
  });
  return resultOf(along, turnsIn(along), cells).claims.find(({ claim }) => claim.includes('along steps'));
}

test('the largest of many differences is no claim, a difference is', () => {
  const none = Array.from({ length: 20 }, (_, seed) => stepsClaim(seed, 0));
  expect(none[0]?.found).toContain('the clearest of 16 differences');
  // One in twenty is what 95 % means; three or more come in one of thirteen such twenties.
  expect(none.filter((claim) => claim?.holds).length).toBeLessThan(3);
  // Each is the most favourable of sixteen, and looks like something.
  expect(none.filter((claim) => (claim?.difference ?? 0) > 0).length).toBeGreaterThan(15);
  expect(stepsClaim(0, 0.5)?.holds).toBe(true);
});

test('a measurement that was stopped tells of the problems that every strategy finished', () => {
  const cells = cellsOf(20);
  const { points, how } = resultOf(setup, turnsIn(setup), cells.slice(0, -1));
  expect(how).toMatchObject({ complete: false, n: N });
  expect(new Set(points.map(({ n }) => n))).toEqual(new Set([19]));
  expect(resultOf(setup, turnsIn(setup), cells.slice(0, 1)).points).toEqual([]);
});

test('the result document is read back, and told in tables and CSV', () => {
  expect(reasoningIn(JSON.stringify(whole))).toEqual(whole);
  expect(reasoningIn('{"nodes":{}}')).toBeUndefined();
  expect(() => reasoningIn(JSON.stringify({ ...whole, points: [{ strategy: 'x' }] }))).toThrow(/points\[0\].budget/);
  expect(reasoningCsv(whole).split('\r\n')).toHaveLength(whole.points.length + 2);
  const [accuracy] = reasoningTables(whole);
  expect(accuracy?.head).toEqual(['strategy', '1', '4', '16']);
  expect(accuracy?.rows.map(([name]) => name)).toContain('best-of-n · tiny:orm');
});

test('the published schema is that of the result document (npx tsx graphs/write-schema.ts)', () => {
  expect(readFileSync(new URL('../../../graphs/reasoning.schema.json', import.meta.url), 'utf8')).toBe(
    reasoningSchemaText(),
  );
});
