import { loadTokenizer } from '../generation/tokenizer.ts';
import { RANDOM_WEIGHTS } from '../neural.ts';
import { floatOutput, randomSession, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import { checkWidth, NO_POOLED_EMBEDDING, prompts, type SimilarityParams, textPreset } from './definition.ts';
import { textCost, textGraph } from './model.ts';
import { cosines, sigmoid, softmax } from './scores.ts';
import { textFeeds } from './text.ts';

export const run: NodeRun<SimilarityParams>['run'] = async (context, params, inputs) => {
  const { config, tokenizer: name } = textPreset(params);
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features' || !features.pooled) throw new NodeError(NO_POOLED_EMBEDDING);
  checkWidth(params, features.pooled.dims[1]);
  const asked = prompts(params);
  const tokenizer = await loadTokenizer(name, async (path) => new TextDecoder().decode(await context.files.read(path)));
  const feeds = textFeeds(
    config,
    asked.map(({ prompt }) => tokenizer.encode(prompt)),
  );
  const { precision, seed } = params;
  const session = await randomSession(context, ['similarity', config, precision], seed, () =>
    textGraph(config, { precision, fused: true }),
  );
  const texts = floatOutput(await session.run({ ...feeds }), 'embeddings');
  const caveat = `${RANDOM_WEIGHTS}; prompts are cut by the ${name} tokenizer`;
  reportCost(context, textCost(config, precision, asked.length), { caveat });

  const rows = cosines(features.pooled, texts).flatMap((similarities, picture) => {
    const scores = read(similarities, params);
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

const COLUMNS = ['label', 'cosine', 'score'];

function read(similarities: readonly number[], { reading, temperature, bias }: SimilarityParams): number[] {
  return reading === 'softmax' ? softmax(similarities, temperature) : sigmoid(similarities, temperature, bias);
}
