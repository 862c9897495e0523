import { uniformGenerator } from '../../generation/uniforms.ts';
import { decoderHidden, vocabularyScores } from '../../llm/model.ts';
import { slice } from '../../onnx/functions.ts';
import { embedding } from '../../onnx/layers/linear.ts';
import type { BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { retold, told } from '../data/text.ts';
import type { Random, Split } from '../data/world.ts';
import type { Outcome } from '../outcome.ts';
import type { LanguageRecipe, ReasoningRecipe } from '../recipe.ts';
import type { Trainee } from '../step.ts';
import { type Sequence, turns } from '../turns.ts';
import { answerObjective, conversationBatch, conversationInputs, inserted, sequenceInputs } from './conversations.ts';
import { type Packed, packedFeeds, packedInputs, packing } from './packed.ts';
import type { Sources } from './sources.ts';

/** A decoder over whole sequences of `batch` conversations. */
export function languageTrainee(recipe: LanguageRecipe | ReasoningRecipe): Trainee {
  const { llm, tokens, schedule } = recipe;
  const packed = 'packed' in recipe ? recipe.packed : 0;
  return {
    build(g) {
      const { ids, ...places } = conversationInputs(g, schedule.batch, tokens);
      const { embedded, table } = embedding(g, 'embedding', ids, llm.vocabulary, llm.width);
      const text = { x: embedded, ...places };
      const all = packed > 0 ? inserted(g, text, packedInputs(g, table, schedule.batch)) : text;
      const hidden = decoderHidden(g, llm, sequenceInputs(g, all));
      return answerObjective(g, vocabularyScores(g, llm, slice(g, hidden, 1, -tokens), table));
    },
    trains: () => true,
  };
}

export function languageBatches(recipe: LanguageRecipe, sources: Sources): BatchMaker {
  const { tokens, packed, schedule, seed } = recipe;
  return (split, index) => {
    const rows = Array.from({ length: schedule.batch }, (_, row) =>
      conversation(recipe, sources, uniformGenerator(itemSeed(seed, split, index * schedule.batch + row)), split),
    );
    const batch = conversationBatch(
      rows.map(({ sequence }) => sequence),
      tokens,
    );
    if (packed === 0) return batch;
    return { ...batch, feeds: { ...batch.feeds, ...packedFeeds(rows.map((row) => row.packed)) } };
  };
}

/** More than fit into a sequence. */
const QUESTIONS = 14;

/** A scene, told in words or packed, and what is asked about it. */
function conversation(
  { tokens, packed: packedShare, retold: retoldShare, bareCells, mentions }: LanguageRecipe,
  { worlds, ask, tokenizer }: Sources,
  random: Random,
  split: Split,
): { readonly sequence: Sequence; readonly packed?: Packed } {
  const world = worlds(random);
  const scene = world.scene(random, split);
  const questions = ask(world, scene, random, QUESTIONS);
  const things = random() < packedShare ? world.things(scene) : undefined;
  if (things) {
    const packed = packing(tokenizer, things, random);
    return {
      sequence: turns(tokenizer, world.name, { text: '', beside: packed.span }, questions, tokens, mentions),
      packed,
    };
  }
  const opening = (random() < retoldShare ? retold : told)(world, scene, random, bareCells);
  return { sequence: turns(tokenizer, world.name, opening, opening.answers(questions), tokens, mentions) };
}

export function languageOutcomes({ name, title, about, llm }: LanguageRecipe | ReasoningRecipe): readonly Outcome[] {
  return [{ card: { name, title, about, kind: 'llm', architecture: llm }, nameOf: (parameter) => parameter }];
}
