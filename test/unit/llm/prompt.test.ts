import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { definition } from '../../../nodes/llm/definition.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import { preparePrompt } from '../../../nodes/llm/prompt.ts';
import type { EmbeddingsValue, Tiling } from '../../../nodes/values.ts';

const readText = (path: string) => readFile(path, 'utf8');
const gpt2 = await loadTokenizer('gpt2', readText);
const qwen = await loadTokenizer('qwen2_5', readText);
const llama = await loadTokenizer('llama2', readText);
const plain: DecoderConfig = { ...LLM_PRESETS['smollm2-135m'].config, width: 2 };
const multimodal: DecoderConfig = { ...LLM_PRESETS['qwen2-1.5b'].config, width: 2 };

/** Visual tokens whose first feature numbers them, so that their order can be read off. */
function visual(count: number, tokens: number, first = 0, more: Partial<EmbeddingsValue> = {}): EmbeddingsValue {
  const data = Float32Array.from({ length: count * tokens * 2 }, (_, i) => first + Math.floor(i / 2));
  return { type: 'embeddings', tensor: { dtype: 'float32', dims: [count, tokens, 2], data }, ...more };
}

const text = (words: string, system?: string) => ({ type: 'text', text: words, ...(system && { system }) }) as const;
const numbers = ({ data }: EmbeddingsValue['tensor']) => Array.from(data).filter((_, i) => i % 2 === 0);

test('visual tokens stand before the text, in the order of their wires', () => {
  const { tokens, counts } = preparePrompt(plain, 'plain', gpt2, text('Why?'), [visual(1, 3), visual(1, 2, 10)]);
  expect(tokens.slots).toEqual([0, 1, 2, 3, 4]);
  expect(numbers(tokens.visual)).toEqual([0, 1, 2, 10, 11]);
  expect(counts).toEqual({ visual: 5, prompt: tokens.ids.length - 5 });
  expect(tokens.positions).toEqual([tokens.ids.map((_, i) => i)]);
  expect(tokens.next).toBe(tokens.ids.length);
});

test('<image> marks say where the inputs stand', () => {
  const question = text('Compare <image> with <image>.');
  const { tokens } = preparePrompt(plain, 'plain', gpt2, question, [visual(1, 2), visual(1, 1, 7)]);
  const before = gpt2.encode('Compare ').length;
  const between = gpt2.encode(' with ').length;
  expect(tokens.slots).toEqual([before, before + 1, before + 2 + between]);
  expect(() => preparePrompt(plain, 'plain', gpt2, question, [visual(1, 2)])).toThrow(
    'the prompt has 2 <image> marks, but 1 visual inputs are wired',
  );
});

test('a thumbnail comes before its tiles', () => {
  const tiling: Tiling = { rows: 1, cols: 2, thumbnail: true, width: 20, height: 10 };
  const { tokens } = preparePrompt(plain, 'plain', gpt2, text('Go'), [visual(3, 1, 0, { tiling })]);
  expect(numbers(tokens.visual)).toEqual([2, 0, 1]);
});

test('Qwen2-VL: marks count as visual tokens, and positions are time, row and column', () => {
  const { tokens, counts } = preparePrompt(multimodal, 'chatml', qwen, text('Hi'), [visual(1, 6, 0, { grid: [2, 3] })]);
  expect(counts.visual).toBe(8);
  const start = tokens.slots[0] ?? 0;
  const at = (axis: number) => tokens.positions[axis]?.slice(start, start + 6);
  expect(at(0)).toEqual(Array(6).fill(start));
  expect(at(1)).toEqual([0, 0, 0, 1, 1, 1].map((row) => start + row));
  expect(at(2)).toEqual([0, 1, 2, 0, 1, 2].map((column) => start + column));
  // Text goes on after the largest position of the picture (Qwen2-VL, section 2.1).
  expect(tokens.positions.map((axis) => axis[start + 6])).toEqual([start + 3, start + 3, start + 3]);
  expect(tokens.next).toBe(tokens.ids.length - 6 + 3);
});

test('chat formats spell their special tokens', () => {
  const { tokens } = preparePrompt({ ...plain, vocabulary: 32000 }, 'vicuna', llama, text('Hi', 'Be brief.'), []);
  expect(tokens.ids[0]).toBe(llama.idOf('<s>'));
  expect(llama.decode(tokens.ids)).toBe('Be brief. USER: Hi ASSISTANT:');
  const chat = preparePrompt(multimodal, 'chatml', qwen, text('Hi'), []).tokens.ids;
  expect(chat[0]).toBe(qwen.idOf('<|im_start|>'));
});

test('ids that no token has are shown, and special tokens are not', () => {
  expect(gpt2.decode([...gpt2.encode('a b'), 60_000])).toBe('a b⟨60000⟩');
  expect(qwen.decode([...qwen.encode('a<|im_end|>')])).toBe('a');
});

test('visual tokens of another width are refused in words before running', () => {
  const params = definition.params.parse({ model: 'paper:qwen2-1.5b' });
  const spec = { type: 'embeddings', count: 1, tokens: 64, width: 4096 } as const;
  expect(() => definition.shapes({ params, inputs: { visual: [spec] } })).toThrow(
    'the visual tokens have width 4096, but paper:qwen2-1.5b has 1536: set the width of what makes them to 1536',
  );
});
