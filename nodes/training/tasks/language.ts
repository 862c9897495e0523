import { uniformGenerator } from '../../generation/uniforms.ts';
import { decoderHidden, vocabularyScores } from '../../llm/model.ts';
import { argMax, cast, expand, range, reshape } from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { embedding } from '../../onnx/layers/linear.ts';
import type { Batch, BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { retold, told } from '../data/text.ts';
import { accuracy, crossEntropy } from '../losses.ts';
import type { Outcome } from '../outcome.ts';
import type { LanguageRecipe } from '../recipe.ts';
import type { Objective, Trainee } from '../step.ts';
import type { Sequence } from '../turns.ts';
import { turns } from '../turns.ts';
import type { Sources } from './sources.ts';

/** A decoder over whole sequences of `batch` conversations. */
export function languageTrainee(recipe: LanguageRecipe): Trainee {
  const { llm, tokens, schedule } = recipe;
  const shape = [schedule.batch, tokens];
  return {
    build(g) {
      const ids = g.input('ids', 'int64', shape);
      const { embedded, table } = embedding(g, 'embedding', ids, llm.vocabulary, llm.width);
      const hidden = decoderHidden(g, llm, { x: embedded, positions: sequencePositions(g, schedule.batch, tokens) });
      return answerObjective(g, vocabularyScores(g, llm, hidden, table));
    },
    trains: () => true,
  };
}

/** `0 … tokens - 1` for each sequence, int64 `[1, batch, tokens]`. */
export function sequencePositions(g: Graph, batch: number, tokens: number): Handle {
  return expand(g, range(g, 0, tokens), [1, batch, tokens]);
}

/** Cross-entropy of `scores [batch, tokens, vocabulary]` against the inputs `targets` and `weights.loss`, `[batch·tokens]`. */
export function answerObjective(g: Graph, scores: Handle): Objective {
  const [batch, tokens, vocabulary] = scores.shape.map(Number) as [number, number, number];
  const targets = g.input('targets', 'int64', [batch * tokens]);
  const weights = g.input('target_weights', 'float32', [batch * tokens]);
  const flat = reshape(g, cast(g, scores, 'float32'), [batch * tokens, vocabulary]);
  return {
    loss: crossEntropy(g, flat, targets, { weights }),
    figures: { accuracy: accuracy(g, flat, targets, weights) },
    outputs: { predicted: argMax(g, flat, -1) },
  };
}

export function languageBatches(recipe: LanguageRecipe, { worlds, tokenizer, ask }: Sources): BatchMaker {
  const { tokens, retold: share, schedule, seed } = recipe;
  return (split, index) => {
    const sequences = Array.from({ length: schedule.batch }, (_, row) => {
      const random = uniformGenerator(itemSeed(seed, split, index * schedule.batch + row));
      const world = worlds(random);
      const scene = world.scene(random, split);
      const opening = (random() < share ? retold : told)(world, scene, random);
      const questions = ask(world, scene, random, QUESTIONS).filter(opening.answers);
      return turns(tokenizer, world.name, opening.text, questions, tokens);
    });
    return sequenceBatch(sequences, tokens);
  };
}

/** More than fit into a sequence. */
const QUESTIONS = 12;

/** Sequences as tensors `ids [batch, tokens]`, `targets` and `target_weights [batch·tokens]`. */
export function sequenceBatch(sequences: readonly Sequence[], tokens: number): Batch {
  const batch = sequences.length;
  const ids = new BigInt64Array(batch * tokens);
  const targets = new BigInt64Array(batch * tokens);
  const weights = new Float32Array(batch * tokens);
  const answers = sequences.flatMap((sequence, row) => {
    const start = row * tokens;
    for (let i = 0; i < tokens; i++) {
      ids[start + i] = BigInt(sequence.ids[i] as number);
      targets[start + i] = BigInt(sequence.targets[i] as number);
    }
    weights.set(sequence.weights, start);
    return sequence.answers.map((span) => ({ ...span, from: start + span.from, to: start + span.to }));
  });
  const flat = [batch * tokens];
  return {
    feeds: {
      ids: { dtype: 'int64', dims: [batch, tokens], data: ids },
      targets: { dtype: 'int64', dims: flat, data: targets },
      target_weights: { dtype: 'float32', dims: flat, data: weights },
    },
    answers,
  };
}

export function languageOutcomes({ name, title, about, llm }: LanguageRecipe): readonly Outcome[] {
  return [{ card: { name, title, about, kind: 'llm', architecture: llm }, nameOf: (parameter) => parameter }];
}
