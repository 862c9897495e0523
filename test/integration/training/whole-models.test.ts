import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { evaluationGraph, stepGraph, type Trainee } from '../../../nodes/training/step.ts';
import { taskOf } from '../../../nodes/training/tasks/index.ts';
import { Trainer } from '../../../nodes/training/trainer.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { floats } from '../../helpers/onnx.ts';
import { openStep } from './session.ts';
import {
  CONNECTORS,
  connectorRecipe,
  drawnFeeds,
  FROZEN,
  imageTextRecipe,
  languageRecipe,
  livelyState,
  OPT_LIKE,
  representationRecipe,
  saveConnected,
} from './tiny.ts';

/** The gradient of all that trains, as the step graph has it, against central differences of the loss in single precision. */

const models = await saveConnected(dataFolder());

/** With these the first moment after a step is the gradient, as no clipping and no earlier step has touched it. */
const PLAIN = { betas: [0, 0.99], clip: 1e9, warmup: 0 } as const;
const DIRECTIONS = 3;
/** How far to both sides, in each weight. */
const REACH = 2e-3;

async function gradientOf(recipe: Recipe, trainee: Trainee): Promise<Float32Array> {
  const schedule = { ...recipe.schedule, ...PLAIN, betas: [...PLAIN.betas] as [number, number] };
  const { graph, layout } = stepGraph(trainee, schedule);
  const session = await openStep(graph, FROZEN);
  try {
    const figures = graph.outputs.map(({ name }) => name).filter((name) => !/^(next\.|loss|norm)/.test(name));
    const trainer = new Trainer(session, schedule, figures, livelyState(layout));
    await trainer.step(drawnFeeds(graph));
    return trainer.state.first.data;
  } finally {
    await session.release();
  }
}

/** Slopes of the loss along directions, each as the gradient says and as the losses to both sides say. */
async function slopesOf(recipe: Recipe): Promise<(readonly [said: number, measured: number])[]> {
  const { trainee } = taskOf(recipe, models);
  const gradient = await gradientOf(recipe, trainee);
  const { graph, layout } = evaluationGraph(trainee);
  const session = await openStep(graph, FROZEN);
  try {
    const feeds = drawnFeeds(graph);
    const { weights } = livelyState(layout);
    const lossAt = async (direction: Float32Array, by: number) => {
      const data = weights.data.map((value, i) => value + by * (direction[i] as number));
      const { loss } = await session.run({ ...feeds, weights: { ...weights, data } }, { loss: null });
      return Number(loss?.data[0]);
    };
    const found: (readonly [number, number])[] = [];
    for (let i = 0; i < DIRECTIONS; i++) {
      const direction = floats([layout.size], 50 + i).data as Float32Array;
      const said = gradient.reduce((sum, slope, at) => sum + slope * (direction[at] as number), 0);
      found.push([said, ((await lossAt(direction, REACH)) - (await lossAt(direction, -REACH))) / (2 * REACH)]);
    }
    return found;
  } finally {
    await session.release();
  }
}

const recipes: Readonly<Record<string, () => Recipe>> = {
  'a decoder with rotary positions': () => languageRecipe(),
  'a decoder with learned positions, biases and a head of its own': () => languageRecipe({ llm: OPT_LIKE }),
  'a decoder that is told of things in one token each': () => languageRecipe({ packed: 0.5 }),
  "towers by CLIP's loss": () => imageTextRecipe('clip'),
  "towers by SigLIP's loss": () => imageTextRecipe('siglip'),
  "a Q-Former's first stage": () => representationRecipe(),
  ...Object.fromEntries(
    Object.keys(CONNECTORS).map((name) => [
      `a frozen LLM behind ${name}`,
      () => connectorRecipe(name as keyof typeof CONNECTORS),
    ]),
  ),
  'an LLM that trains with its connector': () => connectorRecipe('mlp', { unfreeze: true }),
};

describe('the gradient of all that trains equals central differences', () => {
  test.each(Object.entries(recipes))('%s', async (_, recipe) => {
    const slopes = await slopesOf(recipe());
    const largest = Math.max(...slopes.map(([, measured]) => Math.abs(measured)));
    for (const [said, measured] of slopes) expect(Math.abs(said - measured) / largest).toBeLessThan(1e-2);
  });
});
