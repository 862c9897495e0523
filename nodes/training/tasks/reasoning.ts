import { uniformGenerator } from '../../generation/uniforms.ts';
import type { BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { problem, written } from '../data/arithmetic/problem.ts';
import type { Question, Random, Split } from '../data/world.ts';
import type { ReasoningRecipe } from '../recipe.ts';
import { turns } from '../turns.ts';
import { conversationBatch } from './conversations.ts';
import type { Sources } from './sources.ts';

/** More than fit into a sequence. */
const PROBLEMS = 8;

/** Sequences of problems, each as if it stood alone. */
export function reasoningBatches({ data, tokens, schedule, seed }: ReasoningRecipe, sources: Sources): BatchMaker {
  return (split, index) => {
    const rows = Array.from({ length: schedule.batch }, (_, row) => {
      const random = uniformGenerator(itemSeed(seed, split, index * schedule.batch + row));
      const asked = Array.from({ length: PROBLEMS }, () =>
        solvedQuestion(random, split, split === 'train' ? data.slips : 0),
      );
      return turns(sources.tokenizer, data.problems, { text: '' }, asked, tokens);
    });
    return conversationBatch(rows, tokens);
  };
}

/** A problem as a question whose answer is its solution; kinds are numbers of steps. */
function solvedQuestion(random: Random, split: Split, slips: number): Question {
  const drawn = problem(random, split, slips);
  return {
    question: drawn.question,
    answer: written(drawn),
    kind: `${drawn.steps.length} steps`,
    hallucination: 'quantity',
  };
}
