import { z } from 'zod';
import type { Facts } from '../definition.ts';

/** What was read of a folder with the files of an export: names as they stand in the files, sizes as their tensors have them. */

const port = z.object({
  name: z.string(),
  dtype: z.string(),
  /** Numbers, or the names of those that vary. */
  dims: z.array(z.union([z.number(), z.string()])),
});

const file = z.object({
  /** From the folder on, with `/`. */
  path: z.string(),
  /** Of its weights, in other files too. */
  bytes: z.number(),
  parameters: z.number(),
  opset: z.number(),
  inputs: z.array(port),
  outputs: z.array(port),
});

/** What a decoder of an encoder–decoder attends to at every step. */
const crossed = z.object({
  /** Reads text behind pictures (Florence-2); absent where the decoder attends to the pictures themselves (ViT-GPT2). */
  encoder: file.optional(),
  /** Of each vector that it attends to. */
  width: z.number(),
  /** Ids that every answer starts with. */
  start: z.array(z.number()),
});

const decoder = z.object({
  file,
  /** Where text becomes embeddings; absent where the decoder takes ids. */
  embed: file.optional(),
  /** Where what the decoder gives becomes scores, if that is a file of its own (Janus). */
  head: file.optional(),
  layers: z.number(),
  kvHeads: z.number(),
  headDim: z.number(),
  width: z.number(),
  vocabulary: z.number(),
  cacheType: z.enum(['float32', 'float16']),
  /** `growing`: new keys stand behind all that came in. `grouped`: behind each sequence's own (GroupQueryAttention). */
  cache: z.enum(['growing', 'grouped']),
  /** Numbers that say where a token stands; 0 where the decoder counts them itself. */
  axes: z.number(),
  /** Where the first token stands. */
  firstPosition: z.number(),
  /** Most tokens that it has positions for, where config.json tells. */
  context: z.number().optional(),
  /** Ids that end an answer. */
  ends: z.array(z.number()),
  /** The token that stands for a visual one in a prompt. */
  imageToken: z.object({ id: z.number(), text: z.string() }).optional(),
  crossed: crossed.optional(),
  /** No stretch of so many tokens comes twice in a text (`no_repeat_ngram_size`). */
  noRepeat: z.number().optional(),
  /** Beams that it is to be searched with (`num_beams`), where that is more than one: they are not. */
  beams: z.number().optional(),
  /** Why it cannot write here; a clause. */
  refused: z.string().optional(),
});

const vision = z.object({
  file,
  /** The output that the next part takes, and its width. */
  output: z.string(),
  width: z.number(),
  /** Of every picture, where it takes one at a time and always gives as many. */
  tokens: z.number().optional(),
  /** Of each tile and each view of a whole picture, where it takes as many as the picture's size asks for. */
  tileTokens: z.number().optional(),
  /** What pictures are brought to, as preprocessor_config.json has it; see `processorOf`. */
  processing: z.unknown().optional(),
  /** `embeddings`: the projector is in it. */
  gives: z.enum(['features', 'embeddings']),
  /** It lays pictures among the tokens of a prompt (Janus): the token that stands for a visual one. */
  among: z.number().optional(),
  /** The output with one vector of a picture. */
  pooled: z.object({ output: z.string(), width: z.number() }).optional(),
});

const projector = z.object({ file, input: z.number(), width: z.number() });

/** Of texts beside pictures: one vector of each. */
const text = z.object({ file, output: z.string(), width: z.number() });

const schema = z.object({
  /** `model_type` of config.json. */
  family: z.string(),
  /** Changes when a file does. */
  digest: z.string(),
  vision: vision.optional(),
  projector: projector.optional(),
  text: text.optional(),
  decoder: decoder.optional(),
});

export type PortFacts = z.output<typeof port>;
export type FileFacts = z.output<typeof file>;
export type DecoderFacts = z.output<typeof decoder>;
export type VisionFacts = z.output<typeof vision>;
export type ProjectorFacts = z.output<typeof projector>;
export type TextFacts = z.output<typeof text>;
export type ImportFacts = z.output<typeof schema>;

/** Those of a node whose folder was read. */
export function importFacts(facts: Facts | undefined): ImportFacts | undefined {
  const parsed = schema.safeParse(facts?.imported);
  return parsed.success ? parsed.data : undefined;
}

/** The files that a decoder runs with at every token. */
export function decoderFiles({ file, embed, head }: DecoderFacts): FileFacts[] {
  return [file, ...(embed ? [embed] : []), ...(head ? [head] : [])];
}

/** Bytes and parameters of all these files. */
export function sumOf(files: readonly FileFacts[]): Pick<FileFacts, 'bytes' | 'parameters'> {
  const sum = (read: (file: FileFacts) => number) => files.reduce((total, each) => total + read(each), 0);
  return { bytes: sum(({ bytes }) => bytes), parameters: sum(({ parameters }) => parameters) };
}

/** Is this a model that others exported? */
export function isImported(reference: string): boolean {
  return reference.startsWith('file:') || reference.startsWith('hf:');
}
