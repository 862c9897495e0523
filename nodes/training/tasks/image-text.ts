import { uniformGenerator } from '../../generation/uniforms.ts';
import { add, mul, reshape, slice, values } from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { linear } from '../../onnx/layers/linear.ts';
import { encodeText } from '../../similarity/model.ts';
import { textFeeds } from '../../similarity/text.ts';
import type { FloatTensor, Tensor } from '../../values.ts';
import { patchValues, type VisionConfig } from '../../vision-encoder/config.ts';
import { encode } from '../../vision-encoder/model.ts';
import { patchify } from '../../vision-encoder/preprocess.ts';
import type { BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import type { World } from '../data/world.ts';
import { accuracy, clipLoss, crossEntropy, siglipLoss } from '../losses.ts';
import type { Outcome } from '../outcome.ts';
import type { ImageTextRecipe } from '../recipe.ts';
import type { Objective, Trainee } from '../step.ts';
import type { Sources } from './sources.ts';

/** What the whole batch is measured by is the last layer's. */
const RUN = { layers: 0, featureLayer: -1, pooling: true } as const;

/** Where the similarity starts: SigLIP's log 10 and -10 (Zhai et al. 2023, §3.2); CLIP's log 1/0.07. */
const START = { clip: Math.log(1 / 0.07), siglip: Math.log(10), bias: -10 };

/**
 * Two towers over a batch of pictures and their captions. With `dense` also a linear layer a task over the patch features,
 * which asks each patch what it shows and where it stands: a connector that sees one patch at a time must find both in its
 * features. The layers are left behind when training ends.
 */
export function imageTextTrainee(recipe: ImageTextRecipe, classes: World['patchClasses']): Trainee {
  const { vision, text, loss, dense, places, schedule } = recipe;
  const n = schedule.batch;
  const patches = (vision.size / vision.patch) ** 2;
  return {
    build(g) {
      const pixels = g.input('patches', 'float32', [n, patches, patchValues(vision)]);
      const ids = g.input('ids', 'int64', [n, text.context]);
      const read = g.input('read', 'int64', [n]);
      const { features, pooled } = g.scope('vision', () => encode(g, vision, RUN, pixels));
      if (!pooled) throw new Error('the encoder pools nothing');
      const captions = g.scope('text', () => encodeText(g, text, ids, read));
      const contrast = contrastive(g, loss, pooled, captions);
      if (dense === 0) return { loss: contrast, figures: {}, outputs: {} };
      const seen = denseObjective(g, vision, features, classes, places);
      return { ...seen, loss: add(g, contrast, mul(g, seen.loss, dense)), figures: { ...seen.figures, contrast } };
    },
    trains: () => true,
  };
}

function contrastive(g: Graph, loss: ImageTextRecipe['loss'], images: Handle, texts: Handle): Handle {
  return g.scope('logits', () => {
    const scale = g.param('scale', [1], { kind: 'constant', value: START[loss] });
    if (loss === 'clip') return clipLoss(g, images, texts, scale);
    return siglipLoss(g, images, texts, scale, g.param('bias', [1], { kind: 'constant', value: START.bias }));
  });
}

/** Cross-entropy of what each patch shows and, with `places`, of its column and row; a mean over the tasks. */
function denseObjective(
  g: Graph,
  { width, classToken }: VisionConfig,
  features: Handle,
  classes: World['patchClasses'],
  places: boolean,
): Objective {
  const [n, tokens] = features.shape.map(Number) as [number, number];
  const count = tokens - (classToken ? 1 : 0);
  const rows = reshape(g, classToken ? slice(g, features, 1, 1) : features, [n * count, width]);
  const judged = (task: string, size: number, targets: Handle, weights?: Handle) => {
    const logits = g.scope('dense', () => linear(g, task, rows, size));
    return {
      task,
      loss: crossEntropy(g, logits, targets, { weights }),
      accuracy: accuracy(g, logits, targets, weights),
    };
  };
  const shown = Object.entries(classes).map(([task, size]) => {
    const targets = g.input(`labels.${task}`, 'int64', [n * count]);
    return judged(task, size, targets, g.input(`label_weights.${task}`, 'float32', [n * count]));
  });
  const side = Math.sqrt(count);
  const placed = (places ? (['column', 'row'] as const) : []).map((task) => {
    const at = Array.from({ length: n * count }, (_, i) => i % count);
    const labels = at.map((patch) => (task === 'column' ? patch % side : Math.floor(patch / side)));
    return judged(task, side, values(g, labels, [n * count], 'int64'));
  });
  const tasks = [...shown, ...placed];
  const sum = tasks.map(({ loss }) => loss).reduce((a, b) => add(g, a, b));
  return {
    loss: mul(g, sum, 1 / tasks.length),
    figures: Object.fromEntries(tasks.map((task) => [task.task, task.accuracy])),
    outputs: {},
  };
}

/** Patches without anything count this much: they are many. */
const BACKGROUND_WEIGHT = 0.25;

/** All pictures of a batch are of one world: captions of another would be told apart too easily. */
export function imageTextBatches(recipe: ImageTextRecipe, { worlds, classes, tokenizer }: Sources): BatchMaker {
  const { vision, text, dense, schedule, seed } = recipe;
  const side = vision.size / vision.patch;
  return (split, index) => {
    const world = worlds(uniformGenerator(itemSeed(seed + 1, split, index)));
    const scenes = Array.from({ length: schedule.batch }, (_, i) => {
      const random = uniformGenerator(itemSeed(seed, split, index * schedule.batch + i));
      const scene = world.scene(random, split);
      return { scene, caption: world.caption(scene, random) };
    });
    const pictures = scenes.map(({ scene }) => world.draw(scene, vision.size));
    const captions = scenes.map(({ caption }) => tokenizer.encode(caption));
    const feeds: Record<string, Tensor> = { patches: patchify(vision, pictures), ...textFeeds(text, captions) };
    if (dense > 0) {
      const labels = scenes.map(({ scene }) => world.patchLabels(scene, side));
      for (const task of Object.keys(classes))
        Object.assign(
          feeds,
          labelFeeds(
            task,
            labels.map((one) => one[task]),
            side * side,
          ),
        );
    }
    return { feeds };
  };
}

/** A task of another world than the batch's counts nothing. */
function labelFeeds(task: string, labels: readonly (Uint8Array | undefined)[], count: number): Record<string, Tensor> {
  const dims = [labels.length * count];
  const targets = new BigInt64Array(labels.length * count);
  const weights = new Float32Array(labels.length * count);
  labels.forEach((row, i) => {
    row?.forEach((label, at) => {
      targets[i * count + at] = BigInt(label);
      weights[i * count + at] = label === 0 ? BACKGROUND_WEIGHT : 1;
    });
  });
  return {
    [`labels.${task}`]: { dtype: 'int64', dims, data: targets },
    [`label_weights.${task}`]: { dtype: 'float32', dims, data: weights } satisfies FloatTensor,
  };
}

/** One model with both towers, and what turns their similarity into a probability. */
export function imageTextOutcomes(recipe: ImageTextRecipe, value: (name: string) => number): readonly Outcome[] {
  const { name, title, about, vision, text, loss } = recipe;
  const logits = { temperature: Math.exp(-value('logits.scale')), bias: loss === 'siglip' ? value('logits.bias') : 0 };
  return [
    {
      card: { name, title, about, kind: 'vision-encoder', architecture: { vision, text, logits } },
      nameOf: (parameter) => (/^(vision|text)\./.test(parameter) ? parameter : undefined),
    },
  ];
}
