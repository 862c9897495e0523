import { tokenizerOf } from '../generation/tokenizer.ts';
import { isImported } from '../imports/facts.ts';
import { isStored } from '../model-reference.ts';
import { precisionOf } from '../neural.ts';
import { floatOutput, modelSession, openModel, partOf, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun, type RunContext } from '../run.ts';
import { checkWidth, NO_POOLED_EMBEDDING, prompts, type SimilarityParams, textTower } from './definition.ts';
import { importedTexts, type Texts } from './imported.ts';
import { textCost, textGraph } from './model.ts';
import type { TextTower } from './presets.ts';
import { cosines, sigmoid, softmax } from './scores.ts';
import { textFeeds } from './text.ts';

export { probeImport as probe } from '../neural-run.ts';

export const run: NodeRun<SimilarityParams>['run'] = async (context, params, inputs) => {
  const { model } = params;
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features' || !features.pooled) throw new NodeError(NO_POOLED_EMBEDDING);
  const asked = prompts(params);
  const { texts, logits = params } = await (isImported(model) ? importedTexts : builtTexts)(
    context,
    params,
    asked.map(({ prompt }) => prompt),
  );
  checkWidth(model, texts.dims[1] ?? 0, features.pooled.dims[1]);

  const rows = cosines(features.pooled, texts).flatMap((similarities, picture) => {
    const scores = read(similarities, params.reading, logits);
    return asked.map(({ label }, i) => ({
      picture: picture + 1,
      label,
      cosine: similarities[i] ?? 0,
      score: scores[i] ?? 0,
    }));
  });
  const several = rows.length > asked.length;
  const best = rows.slice(0, asked.length).reduce((a, b) => (b.score > a.score ? b : a));
  return {
    table: {
      type: 'table',
      columns: several ? ['picture', ...COLUMNS] : COLUMNS,
      rows: rows.map(({ picture, label, cosine, score }) => [...(several ? [picture] : []), label, cosine, score]),
    },
    score: { type: 'score', value: best.score, meaning: `${params.reading} score of "${best.label}"` },
  };
};

/** By a text tower that is built here. */
async function builtTexts(context: RunContext, params: SimilarityParams, asked: readonly string[]): Promise<Texts> {
  const { model } = params;
  const held = await openModel(context, model, params.seed);
  const { config, logits, tokenizer: name } = textTower(model, held.facts);
  const tokenizer = await tokenizerOf(context, held.tokenizer ?? name);
  const feeds = textFeeds(
    config,
    asked.map((prompt) => tokenizer.encode(prompt)),
  );
  const precision = precisionOf(params);
  const weights = isStored(model) ? partOf(held.weights, 'text.') : held.weights;
  const session = await modelSession(context, ['similarity', config, precision], weights, () =>
    textGraph(config, { precision, fused: true }),
  );
  const texts = floatOutput(await session.run({ ...feeds }), 'embeddings');
  const caveat = held.caveat && `${held.caveat}; prompts are cut by the ${name} tokenizer`;
  reportCost(context, textCost(config, precision, asked.length), { caveat });
  return { texts, ...(logits && { logits }) };
}

const COLUMNS = ['label', 'cosine', 'score'];

function read(
  similarities: readonly number[],
  reading: SimilarityParams['reading'],
  { temperature, bias }: NonNullable<TextTower['logits']>,
): number[] {
  return reading === 'softmax' ? softmax(similarities, temperature) : sigmoid(similarities, temperature, bias);
}
