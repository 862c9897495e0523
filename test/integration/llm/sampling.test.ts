import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sampling, sampleGraph, samplingFeeds } from '../../../nodes/generation/sampling.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { openSession } from './tiny.ts';

const VOCABULARY = 12;
const OFF: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

let session: Awaited<ReturnType<typeof openSession>>;
beforeAll(async () => {
  session = await openSession(sampleGraph(VOCABULARY));
});
afterAll(() => session[Symbol.asyncDispose]());

async function draw(
  logits: readonly number[],
  sampling: Sampling,
  uniforms: readonly number[],
  seen: readonly number[] = [],
) {
  const batch = uniforms.length;
  const marks = new Uint8Array(batch * VOCABULARY);
  for (let row = 0; row < batch; row++) for (const id of seen) marks[row * VOCABULARY + id] = 1;
  const outputs = await session.run({
    logits: { dtype: 'float32', dims: [batch, VOCABULARY], data: Float32Array.from(uniforms.flatMap(() => logits)) },
    seen: { dtype: 'bool', dims: [batch, VOCABULARY], data: marks },
    uniform: { dtype: 'float32', dims: [batch], data: Float32Array.from(uniforms) },
    ...samplingFeeds(sampling, VOCABULARY),
  });
  return {
    tokens: Array.from(outputs.token?.data ?? [], Number),
    logProbs: Array.from(outputs.log_prob?.data ?? [], Number),
  };
}

/** The filtered distribution, by the definitions: penalty, temperature, top-k, top-p, min-p. */
function reference(logits: readonly number[], sampling: Sampling, seen: readonly number[]): number[] {
  const { temperature, topK, topP, minP, repetitionPenalty: penalty } = sampling;
  const scores = logits.map(
    (logit, id) => (seen.includes(id) ? (logit > 0 ? logit / penalty : logit * penalty) : logit) / temperature,
  );
  const order = scores.map((_, id) => id).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const candidates = order.slice(0, topK === 0 ? VOCABULARY : topK);
  const weights = candidates.map((id) => Math.exp((scores[id] ?? 0) - (scores[order[0] ?? 0] ?? 0)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const probabilities = weights.map((weight) => weight / sum);
  let before = 0;
  const kept = probabilities.map((probability) => {
    const keep = before < topP && probability >= minP * (probabilities[0] ?? 0);
    before += probability;
    return keep ? probability : 0;
  });
  const mass = kept.reduce((a, b) => a + b, 0);
  const result = Array<number>(VOCABULARY).fill(0);
  candidates.forEach((id, i) => {
    result[id] = (kept[i] ?? 0) / mass;
  });
  return result;
}

const LOGITS = [2.1, -0.4, 1.3, 0.2, -1.7, 3.0, 0.9, -0.1, 1.8, -2.5, 0.5, 2.6];

test('the tokens that filters leave, and their probabilities, are those of the definitions', async () => {
  const settings = fc.record({
    temperature: fc.double({ min: 0.3, max: 2, noNaN: true }),
    topK: fc.integer({ min: 0, max: VOCABULARY }),
    topP: fc.double({ min: 0.05, max: 0.999, noNaN: true }),
    minP: fc.double({ min: 0, max: 0.5, noNaN: true }),
    repetitionPenalty: fc.constantFrom(1, 1.3),
  });
  const uniforms = Array.from({ length: 200 }, (_, i) => (i + 0.5) / 200);
  await fc.assert(
    fc.asyncProperty(settings, fc.subarray([0, 3, 5, 9, 11]), async (sampling, seen) => {
      const expected = reference(LOGITS, sampling, seen);
      const { tokens, logProbs } = await draw(LOGITS, sampling, uniforms, seen);
      tokens.forEach((token, i) => {
        expect(expected[token]).toBeGreaterThan(0);
        expect(Math.exp(logProbs[i] ?? 0)).toBeCloseTo(expected[token] ?? 0, 4);
      });
    }),
    { numRuns: 60 },
  );
});

test('draws follow the distribution (chi-squared, 11 degrees of freedom, p > 0.001)', async () => {
  const uniform = uniformGenerator(3);
  const count = 20_000;
  const { tokens } = await draw(LOGITS, OFF, Array.from({ length: count }, uniform));
  const expected = reference(LOGITS, OFF, []);
  const seen = Array<number>(VOCABULARY).fill(0);
  for (const token of tokens) seen[token] = (seen[token] ?? 0) + 1;
  const chiSquared = expected.reduce((sum, p, id) => sum + ((seen[id] ?? 0) - p * count) ** 2 / (p * count), 0);
  expect(chiSquared).toBeLessThan(31.26);
});

test('without filters each token takes its share of the numbers, in the order of the vocabulary', async () => {
  const shares = reference(LOGITS, OFF, []);
  const below = (id: number) => shares.slice(0, id).reduce((sum, share) => sum + share, 0);
  const middles = shares.map((share, id) => below(id) + share / 2);
  const largest = 1 - 2 ** -24;
  const { tokens, logProbs } = await draw(LOGITS, OFF, [...middles, largest]);
  expect(tokens.slice(0, -1)).toEqual(shares.map((_, id) => id));
  tokens.forEach((token, i) => {
    expect(Math.exp(logProbs[i] ?? 0)).toBeCloseTo(shares[token] ?? 0, 5);
  });
  // A token that cannot come does not come, though it be the last.
  const certain = LOGITS.map((_, id) => (id === 5 ? 50 : -200));
  expect((await draw(certain, OFF, [0, 0.5, largest])).tokens).toEqual([5, 5, 5]);
});

test('temperature 0 takes the likeliest token, whatever the number drawn', async () => {
  const { tokens, logProbs } = await draw(LOGITS, { ...OFF, temperature: 0 }, [0, 0.5, 0.999]);
  expect(tokens).toEqual([5, 5, 5]);
  expect(Math.exp(logProbs[0] ?? 0)).toBeCloseTo(reference(LOGITS, OFF, [])[5] ?? 0, 5);
});
