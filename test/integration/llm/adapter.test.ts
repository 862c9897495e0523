import { expect, test } from 'vitest';
import type { AdapterConfig } from '../../../nodes/cross-attention-adapter/adapter.ts';
import { startState } from '../../../nodes/generation/decode.ts';
import { stepGraph } from '../../../nodes/llm/model.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { difference } from '../../helpers/onnx.ts';
import { openSession, ROTARY, sizesOf, textPrompt } from './tiny.ts';

/** As `paper:` models have them; logits are then of the order of one. */
const WEIGHTS = randomWeights(1);
const OPTIONS = { precision: 'fp32', fused: true } as const;
const adapter = (zeroGates: boolean): AdapterConfig => ({
  width: ROTARY.width,
  depths: [0, 1],
  heads: 4,
  keyValueHeads: 2,
  headWidth: 16,
  mlp: { width: 96, activation: 'swiglu' },
  norm: 'rms',
  queryKeyNorm: true,
  epsilon: 1e-5,
  zeroGates,
});

function picture(): Record<string, Tensor> {
  const data = () => Float32Array.from({ length: 5 * 32 }, (_, i) => Math.sin(i * 1.7));
  const names = [0, 1].flatMap((index) => [`adapter.${index}.key`, `adapter.${index}.value`]);
  return Object.fromEntries(names.map((name) => [name, { dtype: 'float32', dims: [1, 5, 32], data: data() } as const]));
}

test('with its gates at zero an adapter changes no logit by more than 1e-6, and open ones do', async () => {
  const { pending, past } = startState(sizesOf(ROTARY), textPrompt(ROTARY, [5, 17, 250, 3]));
  const feeds = { ...pending, ...past };
  await using alone = await openSession(stepGraph(ROTARY, OPTIONS), WEIGHTS);
  await using closed = await openSession(stepGraph(ROTARY, OPTIONS, adapter(true)), WEIGHTS);
  await using open = await openSession(stepGraph(ROTARY, OPTIONS, adapter(false)), WEIGHTS);
  const plain = (await alone.run(feeds)).logits;
  expect(difference(plain, (await closed.run({ ...feeds, ...picture() })).logits)).toBeLessThanOrEqual(1e-6);
  expect(difference(plain, (await open.run({ ...feeds, ...picture() })).logits)).toBeGreaterThan(1e-3);
});
