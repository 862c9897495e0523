import { z } from 'zod';
import type { AdapterConfig } from '../cross-attention-adapter/adapter.ts';
import type { DecoderConfig } from '../llm/config.ts';
import { NORMALISATIONS } from '../pixels.ts';
import type { QFormerConfig } from '../q-former/presets.ts';
import type { TextConfig } from '../similarity/presets.ts';
import type { VisionConfig } from '../vision-encoder/config.ts';

/**
 * The configurations of all kinds as they stand in model cards. A field too many is refused: it could ask for something
 * that this version does not build, and the weights would then mean something else.
 */
const count = z.int().min(1);

/** Every field of a configuration has its schema here, optional ones too: the compiler says where one is missing. */
function configOf<T>(shape: { readonly [Name in keyof T]-?: z.ZodType<T[Name]> }) {
  return z.strictObject(shape);
}

export const visionSchema = configOf<VisionConfig>({
  patch: count,
  size: count,
  width: count,
  layers: count,
  heads: count,
  mlpWidth: count,
  activation: z.enum(['quick-gelu', 'gelu', 'gelu-tanh']),
  norm: z.enum(['layer', 'rms']),
  epsilon: z.number(),
  classToken: z.boolean(),
  positions: z.enum(['learned', 'rotary']),
  patchBias: z.boolean(),
  stem: z.array(count).min(1).optional(),
  frames: z.literal([1, 2]),
  normBefore: z.boolean(),
  normAfter: z.boolean(),
  queryKeyValueBias: z.boolean(),
  queryKeyNorm: z.boolean(),
  layerScale: z.boolean(),
  pooling: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('class-token'), width: count }),
    z.strictObject({ kind: z.literal('attention') }),
    z.strictObject({ kind: z.literal('mean') }),
  ]),
  preprocessing: z.strictObject({
    fit: z.enum(['centre-crop', 'stretch', 'pad', 'native']),
    normalisation: z.enum(Object.keys(NORMALISATIONS) as (keyof typeof NORMALISATIONS)[]),
  }),
});

export const textSchema = configOf<TextConfig>({
  vocabulary: count,
  context: count,
  width: count,
  layers: count,
  heads: count,
  mlpWidth: count,
  activation: z.enum(['quick-gelu', 'gelu-tanh']),
  epsilon: z.number(),
  causal: z.boolean(),
  start: z.int().min(0).optional(),
  end: z.int().min(0),
  padding: z.int().min(0),
  embedding: count,
  projectionBias: z.boolean(),
});

/** Width of the features that a connector was trained over. */
const input = { input: count };

/** A projector also says whether the class token passes. */
const projector = { width: count, classToken: z.boolean().default(false), ...input };

export const projectorSchema = z.discriminatedUnion('design', [
  z.strictObject({ design: z.literal(['linear', 'pixel-shuffle', 'patch-merger']), ...projector }),
  z.strictObject({
    design: z.literal('mlp'),
    depth: count,
    activation: z.enum(['gelu', 'gelu-tanh', 'relu', 'silu']),
    ...projector,
  }),
  z.strictObject({ design: z.literal('resampler'), queries: count, heads: count, ...projector }),
  z.strictObject({
    design: z.literal('perceiver'),
    queries: count,
    heads: count,
    headWidth: count,
    depth: count,
    ...projector,
  }),
]);

const qFormer = configOf<QFormerConfig>({
  queries: count,
  width: count,
  layers: count,
  heads: count,
  mlpWidth: count,
  crossEvery: count,
  epsilon: z.number(),
});
export const qFormerSchema = z.strictObject({ ...qFormer.shape, outputWidth: count, ...input });

const adapter = configOf<AdapterConfig>({
  width: count,
  depths: z.array(z.int().min(0)),
  heads: count,
  keyValueHeads: count,
  headWidth: count,
  mlp: z.strictObject({ width: count, activation: z.enum(['swiglu', 'squared-relu']) }),
  norm: z.enum(['rms', 'layer']),
  queryKeyNorm: z.boolean(),
  epsilon: z.number(),
  zeroGates: z.boolean(),
});
export const adapterSchema = z.strictObject({ ...adapter.shape, projects: z.boolean(), ...input });

export const decoderSchema = configOf<DecoderConfig>({
  vocabulary: count,
  width: count,
  layers: count,
  heads: count,
  kvHeads: count,
  mlp: z.strictObject({ width: count, activation: z.enum(['swiglu', 'gelu', 'relu']) }),
  norm: z.enum(['rms', 'layer']),
  epsilon: z.number(),
  bias: z.enum(['none', 'query-key-value', 'all']),
  positions: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('rotary'),
      theta: z.number(),
      stretch: z
        .strictObject({ factor: z.number(), lowFrequency: z.number(), highFrequency: z.number(), context: count })
        .optional(),
    }),
    z.strictObject({ kind: z.literal('multimodal'), theta: z.number(), sections: z.tuple([count, count, count]) }),
    z.strictObject({ kind: z.literal('learned'), count, offset: z.int().min(0) }),
  ]),
  tied: z.boolean(),
});
