import { join } from 'node:path';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { type DecoderExport, decoderExport, SMALL } from './decoder.ts';
import { type ModelOptions, tokenizerFiles, writeJson, writeModel } from './files.ts';

/** Text decoders: `onnx/model*.onnx` with ids, mask, positions and cache. */

export const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

export function llamaConfig(config: DecoderConfig = SMALL, type = 'llama'): Record<string, unknown> {
  return {
    model_type: type,
    architectures: [`${type[0]?.toUpperCase()}${type.slice(1)}ForCausalLM`],
    vocab_size: config.vocabulary,
    hidden_size: config.width,
    intermediate_size: config.mlp.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.width / config.heads,
    bos_token_id: 256,
    eos_token_id: 257,
    tie_word_embeddings: config.tied,
  };
}

export interface TextExport extends DecoderExport, ModelOptions {
  readonly type?: string;
  readonly special?: readonly string[];
  readonly template?: string | undefined;
  /** What the tokens begin with that no text is cut into. */
  readonly word?: string;
}

export async function writeTextExport(folder: string, options: TextExport = {}): Promise<void> {
  const { type = 'llama', special = ['<|im_start|>', '<|im_end|>'], template = CHATML, config = SMALL } = options;
  await writeJson(folder, {
    'config.json': llamaConfig(config, type),
    'generation_config.json': { bos_token_id: 256, eos_token_id: 257 },
    ...tokenizerFiles(special, template, options.word),
  });
  await writeModel(join(folder, 'onnx', 'model.onnx'), decoderExport(options), options);
}
