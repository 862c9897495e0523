import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, type Tensor as HubTensor } from '@huggingface/transformers';
import { expect, test } from 'vitest';
import { definition } from '../../../nodes/llm/definition.ts';
import { run } from '../../../nodes/llm/run.ts';
import type { AnswerValue, Value } from '../../../nodes/values.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import type { Written } from '../../helpers/exports/precision.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { type TextExport, writeTextExport } from '../../helpers/exports/text.ts';

const root = exportsRoot();

const QUESTION = 'How many red squares are there?';
const TOKENS = 24;

/** What transformers.js writes, greedily, with special tokens left out. */
async function theirs(name: string, dtype: 'fp32' | Written = 'fp32'): Promise<string> {
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForCausalLM.from_pretrained(name, { dtype, device: 'cpu' });
  const chat = [{ role: 'user', content: QUESTION }];
  const inputs = tokenizer.apply_chat_template(chat, { add_generation_prompt: true, return_dict: true }) as {
    input_ids: HubTensor;
  };
  const found = (await model.generate({ ...inputs, max_new_tokens: TOKENS, do_sample: false } as never)) as HubTensor;
  const made = Array.from(found.data as BigInt64Array, Number).slice(inputs.input_ids.dims[1]);
  await model.dispose();
  return tokenizer.decode(made, { skip_special_tokens: true });
}

async function ours(name: string, params: Record<string, unknown> = {}, inputs: Record<string, Value[]> = {}) {
  const { result, metrics } = await asNode(['answer'], (context) =>
    run(context, definition.params.parse({ model: `file:${join(root, name)}`, maxTokens: TOKENS, ...params }), {
      prompt: [{ type: 'text', text: QUESTION }],
      ...inputs,
    }),
  );
  return { answer: result.answer as AnswerValue, metrics };
}

const LAYOUTS: Readonly<Record<string, TextExport>> = {
  'smollm2, opset 11': { type: 'llama', opset: 11 },
  'smollm2, opset 14': { type: 'llama', opset: 14 },
  'smollm2, weights in the file': { type: 'llama', inline: true },
  'qwen2, opset 18': { type: 'qwen2', opset: 18 },
  'llama, scores of the last token': { type: 'llama', keeps: true },
  'genai, GroupQueryAttention without positions': { type: 'llama', grouped: true },
  'fp16, its cache too': { type: 'llama', precision: 'fp16' },
  'fp16, all ports in half': { type: 'llama', precision: 'fp16', kept: 'none' },
  'fp16, no port in half': { type: 'llama', precision: 'fp16', kept: 'all' },
  'fp16, GroupQueryAttention': { type: 'llama', precision: 'fp16', grouped: true },
  'q8, weights and activations in 8 bits': { type: 'llama', precision: 'q8' },
  'q8, opset 14': { type: 'llama', precision: 'q8', opset: 14 },
  'q4, blocks of 4 bits': { type: 'qwen2', precision: 'q4', keeps: true },
  'q4, GroupQueryAttention, activations in 8 bits': { type: 'llama', precision: 'q4', grouped: true, rounded: true },
  'q4f16, blocks of 4 bits, the rest in half': { type: 'qwen2', precision: 'q4f16' },
  'q4f16, all ports in half': { type: 'llama', precision: 'q4f16', kept: 'none', keeps: true },
};

for (const [name, layout] of Object.entries(LAYOUTS))
  test(`${name}: the text of transformers.js, token for token`, async () => {
    const folder = name.replaceAll(/\W+/g, '-');
    await writeTextExport(join(root, folder), layout);
    const { answer, metrics } = await ours(folder);
    expect(answer.text).toBe(await theirs(folder, layout.precision));
    expect(answer.caveat).toBeUndefined();
    expect(new Set(answer.text).size).toBeGreaterThan(3);
    expect(metrics.tokens).toMatchObject({ answer: answer.logProbs.length, visual: 0 });
  });
