import type { BoundDecoder, DecoderSizes } from '../generation/decode.ts';
import { sampleGraph } from '../generation/sampling.ts';
import { crossStates } from '../imports/crossed.ts';
import { type DecoderFacts, decoderFiles, sumOf } from '../imports/facts.ts';
import { type ImportedPrompter, prompter } from '../imports/prompt.ts';
import { decodingSession } from '../imports/session.ts';
import { importedTokenizer } from '../imports/tokens.ts';
import { modelSession } from '../neural-run.ts';
import { NO_WEIGHTS } from '../onnx/weights.ts';
import { type ImportedModel, NodeError, type RunContext } from '../run.ts';
import type { EmbeddingsValue, TextValue } from '../values.ts';
import { answerMetrics } from './answering.ts';
import type { LlmParams } from './definition.ts';
import type { Generated } from './generator.ts';

/** An LLM that others exported, as the node runs it. */
export interface ImportedLlm {
  readonly decoder: DecoderFacts;
  readonly bound: BoundDecoder;
  readonly prepare: ImportedPrompter['prepare'];
  /** What the decoder attends to at every step, of a question and pictures; absent where it attends to its prompt alone. */
  readonly constants?: (question: TextValue, visual: readonly EmbeddingsValue[]) => Promise<BoundDecoder['constants']>;
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
  const { vocabulary, crossed } = decoder;
  const { session, caveat: slower } = await decodingSession(context, model, decoder);
  return {
    decoder,
    ...(crossed ? crossedPrompt(context, model, decoder, crossed, prepare) : { prepare }),
    bound: {
      session,
      sizes: importedSizes(decoder),
      tokenizer,
      ends: decoder.ends,
      constants: {},
      sampler: () => modelSession(context, ['sampler', vocabulary], NO_WEIGHTS, () => sampleGraph(vocabulary)),
      clock: context.clock,
      ...saidOf(decoder, caveat, slower),
    },
  };
}

function saidOf(
  { crossed, noRepeat, beams }: DecoderFacts,
  prompt: string | undefined,
  slower: string | undefined,
): Pick<BoundDecoder, 'caveat'> {
  const blind = crossed && !crossed.encoder;
  const said = [
    blind ? 'it describes the picture and reads no prompt' : prompt,
    noRepeat !== undefined && `no ${noRepeat} tokens in a row come twice, as its generation_config.json asks`,
    beams !== undefined && `one beam, where its generation_config.json asks for ${beams}`,
    slower,
  ].filter(Boolean);
  return said.length > 0 ? { caveat: said.join('; ') } : {};
}

/** Of an encoder–decoder: the question goes to its encoder, where it has one for text, and the answer begins anew. */
function crossedPrompt(
  context: RunContext,
  model: ImportedModel,
  decoder: DecoderFacts,
  { encoder, start }: NonNullable<DecoderFacts['crossed']>,
  prepare: ImportedPrompter['prepare'],
): Pick<ImportedLlm, 'prepare' | 'constants'> {
  const idsOf = (question: TextValue) => (encoder ? prepare(question, []).tokens.ids : []);
  return {
    prepare: (question, visual) => ({
      tokens: {
        ids: start,
        slots: [],
        visual: { dtype: 'float32', dims: [0, decoder.width], data: new Float32Array(0) },
        positions: Array.from({ length: Math.max(1, decoder.axes) }, () => [...start.keys()]),
        next: start.length,
      },
      counts: {
        prompt: idsOf(question).length,
        visual: visual.reduce((sum, { tensor: { dims } }) => sum + (dims[0] ?? 0) * (dims[1] ?? 0), 0),
      },
      room: (decoder.context ?? Number.POSITIVE_INFINITY) - start.length + 1,
    }),
    constants: (question, visual) => crossStates(context, model, decoder, idsOf(question), visual),
  };
}

function requireDecoder(name: string, { facts }: ImportedModel): DecoderFacts {
  const { decoder } = facts;
  if (decoder?.refused !== undefined)
    throw new NodeError(
      `The decoder of ${name} cannot write here: ${decoder.refused}.`,
      'Choose an export of a model that reads text and pictures.',
    );
  if (decoder) return decoder;
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
  noRepeat,
}: DecoderFacts): DecoderSizes {
  return {
    ...{ vocabulary, layers, kvHeads, headDim, width, axes: Math.max(1, axes), cacheType },
    ...(noRepeat !== undefined && { noRepeat }),
  };
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
  const { parameters, bytes } = sumOf(decoderFiles(decoder));
  context.report({
    ...answerMetrics(generated, price),
    parameters,
    bytes: { peak: bytes + kvCache, kvCache },
  });
}
