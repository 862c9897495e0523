import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decoderStep } from '../../../nodes/llm/model.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { unsqueeze } from '../../../nodes/onnx/functions.ts';
import { Graph, type GraphOptions } from '../../../nodes/onnx/graph.ts';
import { embedding, tiedHead } from '../../../nodes/onnx/layers/linear.ts';
import type { OnnxModel } from '../../../nodes/onnx/model.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { bytesOf } from '../../../nodes/onnx/weights.ts';
import { livelyWeights, sizesOf } from '../../integration/llm/tiny.ts';

/** The model that decoding is measured with: SmolLM2-135M's widths, fewer layers; as ours, and as an export. */

export const CONFIG = { ...LLM_PRESETS['smollm2-135m'].config, layers: 8 };
export const SIZES = sizesOf(CONFIG);
export const FUSED: GraphOptions = { precision: 'fp32', fused: true };

export async function writeExport(folder: string): Promise<void> {
  const { positions } = CONFIG;
  if (positions.kind !== 'rotary') throw new Error('a Llama has rotary positions');
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const config = {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    vocab_size: CONFIG.vocabulary,
    hidden_size: CONFIG.width,
    intermediate_size: CONFIG.mlp.width,
    num_hidden_layers: CONFIG.layers,
    num_attention_heads: CONFIG.heads,
    num_key_value_heads: CONFIG.kvHeads,
    rms_norm_eps: CONFIG.epsilon,
    rope_theta: positions.theta,
    tie_word_embeddings: CONFIG.tied,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'generation_config.json'), JSON.stringify({ bos_token_id: 0 }));
  const model = buildModel(exportGraph());
  await writeFile(join(folder, 'onnx/model.onnx'), model.bytes);
  for (const { path, data } of weightFiles(model)) await writeFile(join(folder, 'onnx', path), data);
}

/** The same layers with the inputs and outputs of an export. Without padding the mask says nothing. */
function exportGraph(): Graph {
  const g = new Graph(FUSED);
  const [batch, tokens, before] = [symbol('batch_size'), symbol('sequence_length'), symbol('past_sequence_length')];
  const ids = g.input('input_ids', 'int64', [batch, tokens]);
  g.input('attention_mask', 'int64', [batch, symbol('total')]);
  const positions = unsqueeze(g, g.input('position_ids', 'int64', [batch, tokens]), [0]);
  const shape = [batch, CONFIG.kvHeads, before, SIZES.headDim];
  const past = Array.from({ length: CONFIG.layers }, (_, layer) => ({
    key: g.input(`past_key_values.${layer}.key`, 'float32', shape),
    value: g.input(`past_key_values.${layer}.value`, 'float32', shape),
  }));
  const { embedded, table } = embedding(g, 'embedding', ids, CONFIG.vocabulary, CONFIG.width);
  const { hidden, present } = decoderStep(g, CONFIG, { x: embedded, positions, past });
  g.output('logits', tiedHead(g, hidden, table));
  present.forEach(({ key, value }, layer) => {
    g.output(`present.${layer}.key`, key);
    g.output(`present.${layer}.value`, value);
  });
  return g;
}

export function weightFiles({ files }: OnnxModel): { path: string; data: Uint8Array }[] {
  const weights = livelyWeights();
  return files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) weights.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    return { path, data };
  });
}
