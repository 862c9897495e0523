import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStored } from '../../../electron/backend/models/stored.ts';
import { startState } from '../../../nodes/generation/decode.ts';
import { stepGraph as decoderStep } from '../../../nodes/llm/model.ts';
import { costOf } from '../../../nodes/onnx/cost.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import type { FlatLayout } from '../../../nodes/training/flat.ts';
import { evaluationGraph, stepGraph } from '../../../nodes/training/step.ts';
import type { ConnectedModels } from '../../../nodes/training/tasks/connector.ts';
import { taskOf } from '../../../nodes/training/tasks/index.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { difference, floats, openGraph } from '../../helpers/onnx.ts';
import { sizesOf, textPrompt } from '../llm/tiny.ts';
import { CONNECTORS, connectorRecipe, LLM, saveConnected } from './tiny.ts';
import { digestOf, last, trainedIn } from './trained.ts';

let home: string;
let models: ConnectedModels;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-frozen-'));
  models = await saveConnected(join(home, 'trained'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const names = Object.keys(CONNECTORS) as (keyof typeof CONNECTORS)[];
const trainedNames = ({ entries }: FlatLayout) => entries.map(({ spec }) => spec.name);

describe('of an LLM that is frozen', () => {
  test.each(names)('nothing is in the state of %s', (name) => {
    const recipe = connectorRecipe(name);
    const { graph, layout } = stepGraph(taskOf(recipe, models).trainee, recipe.schedule);
    const llm = decoderStep(LLM, { precision: 'fp32', fused: true }).params.map((spec) => `llm.${spec.name}`);
    expect(graph.params.map(({ name }) => name).sort()).toEqual(llm.sort());
    for (const trained of trainedNames(layout)) expect(trained).toMatch(/^(connector|llm\.adapter)\./);
    const state = graph.inputs.filter((input) => ['weights', 'first', 'second'].includes(input.name));
    expect(state.map(({ shape }) => shape)).toEqual(Array(3).fill([layout.size]));
  });

  test('no gradient is worked out, unless it trains too', () => {
    const [frozen, unfrozen] = [false, true].map((unfreeze) => {
      const recipe = connectorRecipe('mlp', { unfreeze });
      return stepGraph(taskOf(recipe, models).trainee, recipe.schedule);
    }) as [ReturnType<typeof stepGraph>, ReturnType<typeof stepGraph>];
    const forward = costOf(evaluationGraph(taskOf(connectorRecipe('mlp'), models).trainee).graph).flops;
    // The gradient of a weight takes as many operations as its product did.
    expect(costOf(unfrozen.graph).flops - costOf(frozen.graph).flops).toBeGreaterThan(0.4 * forward);
    expect(unfrozen.graph.params).toEqual([]);
    expect(trainedNames(unfrozen.layout)).toContain('llm.embedding.weight');
  });
});

describe('a trained adapter', () => {
  const files = ['tiny-encoder', 'tiny-llm'].flatMap((name) =>
    ['card.json', 'weights.safetensors'].map((file) => [name, file] as const),
  );
  const digests = () => Promise.all(files.map((path) => digestOf(home, 'trained', ...path)));

  let before: readonly string[];
  let adapter: WeightSource;
  const recipe = connectorRecipe('cross-attention-adapter', {
    schedule: { steps: 5, batch: 2, rate: 0.01, warmup: 0 },
    gateRate: 10,
  });

  beforeAll(async () => {
    before = await digests();
    const done = last(await trainedIn(home, recipe), 'training-done');
    expect(done, done.message).toMatchObject({ status: 'finished' });
    adapter = (await openStored(`trained:${recipe.name}`)).weights;
  }, 180_000);

  test('left the files of the encoder and of the LLM as they were, byte by byte', async () => {
    expect(await digests()).toEqual(before);
  });

  /** Logits after a text, with an adapter whose gates are as trained, at zero, or with none. */
  async function logits(gates: 'trained' | 'zero' | 'no adapter', seen: number, fused = true): Promise<Tensor> {
    const llm = (await openStored('trained:tiny-llm')).weights;
    const { connector } = recipe;
    if (connector.kind !== 'cross-attention-adapter') throw new Error('the recipe is not of an adapter');
    const { projects: _, input: __, ...config } = connector.architecture;
    const weights: WeightSource = {
      digest: gates,
      fill(spec, into) {
        if (!spec.name.startsWith('adapter.')) llm.fill(spec, into);
        else if (gates === 'trained' || !spec.name.endsWith('_gate')) adapter.fill(spec, into);
        else into.fill(0);
      },
    };
    const graph = decoderStep(LLM, { precision: 'fp32', fused }, gates === 'no adapter' ? undefined : config);
    const session = await openGraph(graph, { weights });
    try {
      const { pending, past } = startState(sizesOf(LLM), textPrompt(LLM, [2, 40, 77, 90, 3]));
      const keyValues = graph.inputs.filter(({ name }) => name.startsWith('adapter.'));
      const shown = keyValues.map(({ name }, i): [string, Tensor] => [name, floats([1, 17, 16], seen + i)]);
      const results = await session.run({ ...pending, ...past, ...Object.fromEntries(shown) });
      return results.logits as Tensor;
    } finally {
      await session.release();
    }
  }

  test('leaves the logits as they are to the bit where its gates are zero, in plain operators', async () => {
    expect(await logits('zero', 1, false)).toEqual(await logits('no adapter', 1, false));
  });

  test('and within 1e-6 where a norm and the sum before it are fused, to the bit whatever is seen', async () => {
    const zero = await logits('zero', 1);
    expect(difference(zero, await logits('no adapter', 1))).toBeLessThanOrEqual(1e-6);
    expect(await logits('zero', 9)).toEqual(zero);
  });

  test('opened its gates: the logits depend on what is seen', async () => {
    expect(await logits('trained', 1)).not.toEqual(await logits('no adapter', 1));
    expect(await logits('trained', 1)).not.toEqual(await logits('trained', 9));
  });
});

test('an LLM that trains with its connector comes out beside it, and the one it came from stays', async () => {
  const former = await digestOf(home, 'trained', 'tiny-llm', 'weights.safetensors');
  const recipe = connectorRecipe('mlp', { unfreeze: true, schedule: { steps: 2, batch: 2, rate: 0.01, warmup: 0 } });
  const events = await trainedIn(home, recipe);
  expect(events.filter(({ type }) => type === 'training-saved')).toHaveLength(2);
  expect(await digestOf(home, 'trained', 'tiny-llm', 'weights.safetensors')).toBe(former);
  expect((await openStored(`trained:${recipe.name}`)).card).toMatchObject({ llm: 'trained:tiny-mlp-llm' });
  expect(await digestOf(home, 'trained', 'tiny-mlp-llm', 'weights.safetensors')).not.toBe(former);
});
