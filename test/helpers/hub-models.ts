import { createHash } from 'node:crypto';
import type { HubRepoContent } from './hub.ts';

/** Bytes that look like nothing, the same for a name every time. */
export function noise(name: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 32) createHash('sha256').update(`${name} ${at}`).digest().copy(bytes, at);
  return bytes;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Of SmolVLM-256M's text part, as its config.json has it. */
const SMOL_CONFIG = {
  architectures: ['Idefics3ForConditionalGeneration'],
  model_type: 'idefics3',
  text_config: {
    ...{ hidden_size: 576, num_attention_heads: 9, num_key_value_heads: 3, head_dim: 64, num_hidden_layers: 30 },
    max_position_embeddings: 8192,
  },
};

/** The files of an export in the layout of SmolVLM: three networks, some in few precisions, one with external data. */
export function smolExport(size = 20_000): Record<string, Buffer> {
  return {
    'README.md': Buffer.from('# A model'),
    'model.safetensors': noise('model.safetensors', size),
    'config.json': json(SMOL_CONFIG),
    'generation_config.json': json({ eos_token_id: 2 }),
    'preprocessor_config.json': json({ do_resize: true }),
    'tokenizer.json': noise('tokenizer.json', 3000),
    'tokenizer_config.json': json({ chat_template: '{{ messages }}' }),
    'onnx/embed_tokens.onnx': noise('embed', 2000),
    'onnx/embed_tokens_fp16.onnx': noise('embed16', 1200),
    'onnx/vision_encoder.onnx': noise('vision', 8000),
    'onnx/vision_encoder_q4.onnx': noise('vision4', 1500),
    'onnx/decoder_model_merged.onnx': noise('decoder', 1100),
    'onnx/decoder_model_merged.onnx_data': noise('data', size),
    'onnx/decoder_model_merged.onnx_data_1': noise('data1', 5000),
    'onnx/decoder_model_merged_q4.onnx': noise('decoder4', 6000),
    'onnx/decoder_model_merged_fp16.onnx': noise('decoder16', 9000),
    'onnx/decoder_model.onnx': noise('plain', 9000),
  };
}

/** Of q4: settings, what comes in q4, and the network that does not. */
export const SMOL_Q4 = [
  'config.json',
  'generation_config.json',
  'onnx/decoder_model_merged_q4.onnx',
  'onnx/embed_tokens.onnx',
  'onnx/vision_encoder_q4.onnx',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

export const COMMIT = 'a1'.repeat(20);

export function smolRepo(more: Partial<HubRepoContent> = {}): HubRepoContent {
  return { commit: COMMIT, licence: 'apache-2.0', files: smolExport(), ...more };
}
