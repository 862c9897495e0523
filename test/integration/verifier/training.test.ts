import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import type { CardOf } from '../../../nodes/models/card.ts';
import { JUDGES } from '../../../nodes/models/card.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { parseRecipe, type VerifierRecipe } from '../../../nodes/training/recipe.ts';
import type { Rollout, Solution } from '../../../nodes/training/rollouts.ts';
import { evaluationGraph } from '../../../nodes/training/step.ts';
import { batchMaker, taskOf } from '../../../nodes/training/tasks/index.ts';
import {
  type Labelled,
  outcomeLabels,
  packedSolutions,
  processLabels,
  progressLabels,
  type SolutionRow,
} from '../../../nodes/training/tasks/solutions.ts';
import type { Sources } from '../../../nodes/training/tasks/sources.ts';
import { verifierGraph } from '../../../nodes/verifier/model.ts';
import { likelihoods, readTexts } from '../../../nodes/verifier/padded.ts';
import { openSession } from '../llm/tiny.ts';
import { openStep } from '../training/session.ts';
import { flatWeights, LLM, livelyState } from '../training/tiny.ts';

/** What trains is what runs: the loss of packed rows against that of each solution alone, by the graph that judges. */

const ARCHITECTURE = { ...LLM, vocabulary: 320 };
const llm = { kind: 'llm', architecture: ARCHITECTURE } as CardOf<'llm'>;
const TOKENS = 96;
const BATCH = 2;
const signal = new AbortController().signal;

function recipe(judges: string): VerifierRecipe {
  return parseRecipe({
    ...{ schemaVersion: 1, task: 'verifier', name: 'judge', title: 'Judge', judges, tokens: TOKENS },
    ...{ data: { problems: 'arithmetic' }, start: 'trained:solver', rollouts: 'solver', prover: 3, beta: 0.5 },
    schedule: { steps: 1, batch: BATCH, rate: 0.001, warmup: 0 },
  }) as VerifierRecipe;
}

let tokenizer: TextTokenizer;
let rollouts: readonly Rollout[];
beforeAll(async () => {
  tokenizer = await loadTokenizer({ path: 'nodes/models/arithmetic-tokenizer.json' }, (path) => readFile(path, 'utf8'));
  const solution = (text: string, right: boolean, shares: readonly number[], seed: number): Solution => {
    const ids = [...tokenizer.encode(text), 1];
    const stepEnds = ids.flatMap((id, at) => (id === tokenizer.idOf('\n') ? [at + 1] : []));
    const uniform = uniformGenerator(seed);
    return { ids, text, right, stepEnds, shares: [...shares], logProbs: ids.map(() => -3 * uniform()) };
  };
  const problem = (question: string, seed: number): Rollout => ({
    question,
    answer: '15',
    solutions: [
      solution('<think> 12 + 7 = 19\n 19 - 4 = 15\n </think> 15', true, [0.75, 1], seed),
      solution('<think> 12 + 7 = 19\n 19 - 4 = 15\n </think> 15', true, [0.75, 1], seed),
      solution('<think> 12 + 7 = 18\n 18 - 4 = 14\n </think> 14', false, [0, 0], seed + 1),
      solution('<think> 12 + 7 = 19\n 19 - 4 = 16\n </think> 16', false, [0.75, 0.25], seed + 2),
    ],
  });
  // Every tenth is held out, from the first on: two batches' worth.
  rollouts = Array.from({ length: 11 }, (_, i) => problem(`tom has 12 apples and finds ${i + 2} more.`, 10 * i));
});

/** The rows that the first held-out batch is packed of. */
function heldRows({ seed, tokens }: VerifierRecipe): SolutionRow[] {
  return [rollouts[0], rollouts[10]].map((problem, item) =>
    packedSolutions(tokenizer, problem as Rollout, tokens, uniformGenerator(itemSeed(seed, 'validation', item))),
  );
}

async function underTraining(judging: VerifierRecipe) {
  const { graph, layout } = evaluationGraph(taskOf(judging, { llm }).trainee);
  const session = await openStep(graph);
  const { weights } = livelyState(layout);
  const { feeds } = batchMaker(judging, { tokenizer, rollouts } as unknown as Sources)('validation', 0);
  const { loss } = await session.run({ ...feeds, weights }, { loss: null });
  await session.release();
  return { loss: Number(loss?.data[0]), source: flatWeights(layout, weights.data) };
}

const entropy = (logit: number, label: number) => Math.log1p(Math.exp(logit)) - logit * label;

function weightedMean(terms: readonly (readonly [value: number, weight: number])[]): number {
  const total = terms.reduce((sum, [, weight]) => sum + weight, 0);
  return terms.reduce((sum, [value, weight]) => sum + value * weight, 0) / total;
}

describe.each(JUDGES.filter((judges) => judges !== 'implicit'))('judging by %s', (judges) => {
  test('the loss is that of each solution alone', async () => {
    const judging = recipe(judges);
    const { loss, source } = await underTraining(judging);
    await using session = await openSession(
      verifierGraph({ judges, architecture: ARCHITECTURE }, { precision: 'fp32', fused: true }),
      source,
    );
    const labelsOf = (row: SolutionRow): Labelled[] =>
      ({ outcome: outcomeLabels, process: processLabels, progress: (one: SolutionRow) => progressLabels(one, 3) })[
        judges
      ](row);
    const terms: [number, number][] = [];
    for (const row of heldRows(judging)) {
      const labels = labelsOf(row);
      expect(row.spans.length, 'different solutions').toBe(3);
      const opening = [...row.ids.subarray(0, row.opening)];
      const before = labels.filter(({ at }) => at < row.opening);
      for (const [i, { solution, from }] of row.spans.entries()) {
        const surprise = [...opening.map(() => 0), ...solution.logProbs];
        const [scores] = await readTexts(session, [[...opening, ...solution.ids]], 'scores', signal, () => ({
          surprise: { dtype: 'float32', dims: [1, surprise.length], data: Float32Array.from(surprise) },
        }));
        const within = labels.filter(({ at }) => at >= from && at < from + solution.ids.length);
        for (const { at, label, weight } of i === 0 ? [...before, ...within] : within) {
          const place = at < row.opening ? at : row.opening + at - from;
          const width = judges === 'process' ? 3 : 1;
          const logits = [...(scores as Float32Array).subarray(place * width, (place + 1) * width)];
          const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
          const term =
            judges === 'process' ? Math.log(sum) - (logits[label] as number) : entropy(logits[0] as number, label);
          terms.push([term, weight]);
        }
      }
    }
    expect(terms.length).toBeGreaterThan(5);
    expect(Math.abs(loss - weightedMean(terms))).toBeLessThan(1e-4);
  });
});

test('implicitly, the loss is that of the log-ratios of each solution alone', async () => {
  const judging = recipe('implicit');
  const { loss, source } = await underTraining(judging);
  const graph = verifierGraph({ judges: 'implicit', architecture: ARCHITECTURE }, { precision: 'fp32', fused: true });
  await using session = await openSession(graph, source);
  const terms: [number, number][] = [];
  for (const { ids, opening, spans } of heldRows(judging))
    for (const { solution, times } of spans) {
      const [own] = await likelihoods(session, [[...ids.subarray(0, opening), ...solution.ids]], signal);
      const ratios = solution.logProbs.slice(1).map((reference, i) => (own?.[opening + 1 + i] as number) - reference);
      const logit = 0.5 * ratios.reduce((sum, ratio) => sum + ratio, 0);
      // Right ones are one text, written twice; wrong ones two: each side counts 1 in all.
      terms.push([entropy(logit, Number(solution.right)), solution.right ? times / 2 : 1 / 2]);
    }
  expect(Math.abs(loss - weightedMean(terms))).toBeLessThan(1e-4);
});

test('labels are those of a hand count', () => {
  const [row] = heldRows(recipe('process'));
  if (!row) throw new Error('there is a row');
  const sum = (labels: readonly Labelled[], label: number) =>
    labels.filter((one) => one.label === label).reduce((all, { weight }) => all + weight, 0);
  const outcome = outcomeLabels(row);
  expect(outcome.map(({ label }) => label).sort()).toEqual([0, 0, 1]);
  expect([sum(outcome, 0), sum(outcome, 1)], 'right and wrong count alike').toEqual([1, 1]);
  // Of the right one: most, most, right. Of the wrong ones: none, none, wrong; most, some, wrong.
  expect(
    processLabels(row)
      .map(({ label }) => label)
      .sort(),
  ).toEqual([0, 0, 0, 0, 1, 2, 2, 2, 2]);
  const progress = progressLabels(row, 3);
  expect(progress[0], 'before the first step, half the solutions being right').toEqual({
    ...{ at: row.opening - 1, label: 1 - 0.5 ** 3, weight: 1 },
  });
  expect(new Set(progress.slice(1).map(({ label }) => label))).toEqual(new Set([1 - 0.25 ** 3, 1, 0, 1 - 0.75 ** 3]));
});
