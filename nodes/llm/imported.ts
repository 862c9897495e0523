import type { BoundDecoder, DecoderSizes } from '../generation/decode.ts';
import { sampleGraph } from '../generation/sampling.ts';
import type { DecoderFacts } from '../imports/facts.ts';
import { type ImportedPrompter, prompter } from '../imports/prompt.ts';
import { loopSession } from '../imports/session.ts';
import { importedTokenizer } from '../imports/tokens.ts';
import { modelSession } from '../neural-run.ts';
import { NO_WEIGHTS } from '../onnx/weights.ts';
import { type ImportedModel, NodeError, type RunContext } from '../run.ts';
import { answerMetrics } from './answering.ts';
import type { LlmParams } from './definition.ts';
import type { Generated } from './generator.ts';

/** An LLM that others exported, as the node runs it. */
export interface ImportedLlm {
  readonly decoder: DecoderFacts;
  readonly bound: BoundDecoder;
  readonly prepare: ImportedPrompter['prepare'];
}

/** Rejects with a sentence where the folder holds no decoder, or one that cannot run here. */
export async function openImportedLlm(
  context: RunContext,
  { model: name, variant }: Pick<LlmParams, 'model' | 'variant'>,
): Promise<ImportedLlm> {
  const model = await context.importedModel(name, variant);
  const decoder = requireDecoder(name, model);
  const tokenizer = importedTokenizer(model, name);
  const { prepare, caveat } = prompter(name, model, decoder, tokenizer);
  const { vocabulary } = decoder;
  return {
    decoder,
    prepare,
    bound: {
      session: await loopSession(context, model, decoder),
      sizes: importedSizes(decoder),
      tokenizer,
      ends: decoder.ends,
      constants: {},
      sampler: () => modelSession(context, ['sampler', vocabulary], NO_WEIGHTS, () => sampleGraph(vocabulary)),
      clock: context.clock,
      ...(caveat !== undefined && { caveat }),
    },
  };
}

function requireDecoder(name: string, { facts }: ImportedModel): DecoderFacts {
  if (facts.decoder) return facts.decoder;
  throw new NodeError(
    `${name} has no decoder that writes text.`,
    'Choose a model for text, or one that talks about pictures.',
  );
}

export function importedSizes({
  vocabulary,
  layers,
  kvHeads,
  headDim,
  width,
  axes,
  cacheType,
}: DecoderFacts): DecoderSizes {
  return { vocabulary, layers, kvHeads, headDim, width, axes: Math.max(1, axes), cacheType };
}

/** Bytes of keys and values for `tokens` tokens of one sequence. */
export function importedCacheBytes({ layers, kvHeads, headDim, cacheType }: DecoderFacts, tokens: number): number {
  return 2 * layers * kvHeads * headDim * tokens * (cacheType === 'float16' ? 2 : 4);
}

/** What is known of it: parameters and bytes of its files; its operations are not counted. */
export function reportImported(
  context: RunContext,
  { decoder }: ImportedLlm,
  generated: Generated,
  price: number,
): void {
  const kvCache = importedCacheBytes(decoder, generated.cached);
  context.report({
    ...answerMetrics(generated, price),
    parameters: decoder.file.parameters + (decoder.embed?.parameters ?? 0),
    bytes: { peak: decoder.file.bytes + (decoder.embed?.bytes ?? 0) + kvCache, kvCache },
  });
}
