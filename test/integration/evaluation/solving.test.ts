import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rollOut } from '../../../electron/backend/rollouts/roll.ts';
import { parseRollouts, type Rollout } from '../../../nodes/training/rollouts.ts';
import { patchbay } from '../../helpers/patchbay.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-solving-test-'));
});
afterAll(() => rm(home, { recursive: true }));

const run = (...args: readonly string[]) => patchbay(args, { env: { PATCHBAY_HOME: home } });

const share = (problems: readonly Rollout[], solved: (problem: Rollout) => number) =>
  problems.reduce((sum, problem) => sum + solved(problem), 0) / problems.length;

/** The last number of a solution. */
const said = (text: string) => /(\d+)\D*$/.exec(text.split('</think>')[1] ?? '')?.[1];

test('a reasoner is scored by what it samples: pass@1, pass@16 and the majority, counted by hand from its rollouts', async () => {
  const evaluated = await run('eval', 'tiny:reasoner', '--data', 'arithmetic', '--n', '12', '--seed', '5', '--json');
  expect([evaluated.code, evaluated.stderr]).toEqual([0, expect.stringMatching(/arithmetic: 12 of 12/)]);
  const { accuracy, n, kinds, among } = JSON.parse(evaluated.stdout);
  const out = join(home, 'solutions.jsonl');
  const wanted = ['--split', 'test', '--n', '12', '--seed', '5', '--samples', '16', '--completions', '0', '--out', out];
  expect((await run('rollouts', 'tiny:reasoner', ...wanted)).code).toBe(0);
  const { problems } = parseRollouts(await readFile(out, 'utf8'));
  expect([n, problems.length]).toEqual([12, 12]);
  expect(accuracy).toBeCloseTo(
    share(problems, ({ solutions }) => solutions.filter(({ right }) => right).length / 16),
    6,
  );
  const [, sixteen] = among;
  expect(sixteen.of).toBe(16);
  expect(sixteen.any.accuracy).toBeCloseTo(
    share(problems, ({ solutions }) => Number(solutions.some(({ right }) => right))),
    6,
  );
  const agreed = ({ answer, solutions }: Rollout) => {
    const votes = solutions.map(({ text }) => said(text)).filter((one) => one !== undefined);
    const count = (one: string) => votes.filter((other) => other === one).length;
    const most = Math.max(...votes.map(count));
    return Number(votes.find((one) => count(one) === most) === answer);
  };
  expect(sixteen.majority.accuracy).toBeCloseTo(share(problems, agreed), 6);
  const counts = Object.values(kinds as Record<string, { n: number }>).map((kind) => kind.n);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
});

test('what solves no problems in words says so', async () => {
  const model = await run('eval', 'tiny:llm', '--data', 'arithmetic');
  expect([model.code, model.stderr]).toEqual([
    2,
    expect.stringContaining('"tiny:llm" solves no problems in arithmetic'),
  ]);
  const graph = await run('eval', 'graphs/examples/start.json', '--data', 'arithmetic');
  expect([graph.code, graph.stderr]).toEqual([2, expect.stringContaining('patchbay reason')]);
  const blind = await run('eval', 'tiny:reasoner', '--data', 'arithmetic', '--blind');
  expect([blind.code, blind.stderr]).toEqual([2, expect.stringContaining('no pictures')]);
});

test('rollouts that were stopped go on where they were, and come to the same file', async () => {
  const request = { split: 'train', n: 60, samples: 2, completions: 0, temperature: 0.8, seed: 3 } as const;
  const roll = async (out: string, signal: AbortSignal, onDone: (done: number) => void = () => {}) => {
    const path = join(home, out);
    await rollOut({ model: 'tiny:reasoner', ...request, out: path }, signal, ({ done }) => onDone(done));
    return readFile(path, 'utf8');
  };
  const whole = await roll('whole.jsonl', new AbortController().signal);
  const stop = new AbortController();
  await expect(roll('parts.jsonl', stop.signal, () => stop.abort())).rejects.toThrow();
  const done: number[] = [];
  expect(await roll('parts.jsonl', new AbortController().signal, (count) => done.push(count))).toBe(whole);
  expect(done).toEqual([60]);
});
