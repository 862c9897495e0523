import { cachePort } from './decoder.ts';
import { type Json, number, object, type ReadFile } from './export.ts';
import type { FileFacts, PortFacts, TextFacts } from './facts.ts';

/**
 * The text tower of a model that puts texts and pictures into one space (CLIP, SigLIP): ids go in, and no picture; one
 * vector a text comes out. Undefined where there is none.
 */
export function textTowerOf(config: Json, files: readonly ReadFile[]): TextFacts | undefined {
  for (const { facts: file } of files) {
    const output = takesText(file) ? embeddingOf(file) : undefined;
    if (!output) continue;
    const width = number(output.dims.at(-1)) ?? number(config.projection_dim) ?? textWidth(config);
    if (width !== undefined) return { file, output: output.name, width };
  }
  return undefined;
}

function takesText({ inputs }: FileFacts): boolean {
  const others = inputs.filter(({ name }) => !/^(input_ids|attention_mask|position_ids)$/.test(name));
  return inputs.some(({ name }) => name === 'input_ids') && others.length === 0 && !inputs.some(cachePort);
}

/** The projected vector where there is one; SigLIP's pooled one is in the space already. */
function embeddingOf({ outputs }: FileFacts): PortFacts | undefined {
  const flat = outputs.filter(({ dims }) => dims.length === 2);
  return flat.find(({ name }) => name === 'text_embeds') ?? flat.find(({ name }) => name === 'pooler_output');
}

function textWidth(config: Json): number | undefined {
  const text = object(config.text_config);
  return number(text?.projection_size) ?? number(text?.hidden_size);
}
