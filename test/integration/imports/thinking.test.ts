import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, type Tensor as HubTensor, Tensor } from '@huggingface/transformers';
import { beforeAll, expect, test } from 'vitest';
import { definition } from '../../../nodes/llm/definition.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { run } from '../../../nodes/llm/run.ts';
import { answerOf } from '../../../nodes/search-loop/answers.ts';
import type { AnswerValue } from '../../../nodes/values.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';
import { fixture } from '../../unit/imports/reference.ts';

/** R1-Distill-Qwen: its chat template opens the thought, so that the model only ends it. */

const NAME = 'r1-distill-qwen';
const SPECIAL = [
  ...['<｜begin▁of▁sentence｜>', '<｜end▁of▁sentence｜>', '<｜User｜>', '<｜Assistant｜>'],
  ...['<think>', '</think>'],
];
const QUESTION = { type: 'text', text: 'How many red squares are there?' } as const;
const TOKENS = 30;

const root = exportsRoot();
/** What the model writes after the prompt, greedily, how many of these tokens are of the thought, and the one that ends it. */
let free: number[];
let thought: number;
let close: number;

beforeAll(async () => {
  const template = fixture(NAME, 'chat_template.jinja');
  await writeTextExport(join(root, NAME), { type: 'qwen2', special: SPECIAL, template });
  free = await theirs([]);
  // A model with random weights ends no thought: a token that it writes becomes the end of one.
  const written = 256 + SPECIAL.length;
  const at = free.findIndex((id, place) => place > 3 && id > written && free.indexOf(id) === place);
  [close, thought] = [free[at] ?? 0, at + 1];
  await exchange(close, 256 + SPECIAL.indexOf('</think>'));
});

/** Two tokens take each other's ids. */
async function exchange(one: number, other: number): Promise<void> {
  const path = join(root, NAME, 'tokenizer.json');
  const file = JSON.parse(await readFile(path, 'utf8'));
  const given = (id: number) => (id === one ? other : id === other ? one : id);
  const vocab = Object.entries<number>(file.model.vocab).map(([token, id]) => [token, given(id)]);
  file.model.vocab = Object.fromEntries(vocab);
  for (const each of file.added_tokens) each.id = given(each.id);
  await writeFile(path, JSON.stringify(file));
}

/** Ids of transformers.js after the prompt and these. */
async function theirs(more: readonly number[], count = TOKENS): Promise<number[]> {
  const tokenizer = await AutoTokenizer.from_pretrained(NAME);
  const model = await AutoModelForCausalLM.from_pretrained(NAME, { dtype: 'fp32', device: 'cpu' });
  const chat = [{ role: 'user', content: QUESTION.text }];
  const prompt = tokenizer.apply_chat_template(chat, {
    add_generation_prompt: true,
    return_dict: false,
    return_tensor: false,
  });
  const ids = [...(prompt as number[]), ...more];
  const dims = [1, ids.length];
  const inputs = {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
  };
  const found = (await model.generate({ ...inputs, max_new_tokens: count, do_sample: false } as never)) as HubTensor;
  await model.dispose();
  return Array.from(found.data as BigInt64Array, Number).slice(ids.length);
}

async function written(ids: readonly number[]): Promise<string> {
  const tokenizer = await AutoTokenizer.from_pretrained(NAME);
  return tokenizer.decode([...ids], { skip_special_tokens: true });
}

async function ours(params: object): Promise<AnswerValue> {
  const { result } = await asNode(['answer'], (context) =>
    run(context, definition.params.parse({ model: `file:${join(root, NAME)}`, maxTokens: TOKENS, ...params }), {
      prompt: [QUESTION],
    }),
  );
  return result.answer as AnswerValue;
}

test('the thought that the template opened is counted until the model ends it, and shown from its mark on', async () => {
  const shown = await ours({ thinking: 'shown' });
  expect(shown.text).toBe(`<think>${await written(free)}`);
  expect(shown.text).toContain('</think>');
  expect(shown.tokens).toMatchObject({ thinking: thought, answer: TOKENS - thought });
  const hidden = await ours({ thinking: 'hidden' });
  expect(hidden.text).toBe((await written(free.slice(thought))).trimStart());
  expect(hidden.tokens).toEqual(shown.tokens);
});

test('held to a budget, its end is put in, and the answer is what transformers.js writes after it', async () => {
  const budget = thought - 3;
  const before = [...free.slice(0, budget), close];
  const after = await theirs(before, TOKENS - budget);
  const held = await ours({ thinking: 'hidden', thinkingBudget: budget });
  expect(held.text).toBe((await written(after)).trimStart());
  expect(held.tokens).toMatchObject({ thinking: budget, answer: after.length });
});

test('a branch that is cut within its thought answers nothing, and one that ended it does', async () => {
  const { signal } = new AbortController();
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const { result } = await asNode(['generator'], async (context) => {
    const made = await run(context, definition.params.parse({ model: `file:${join(root, NAME)}` }), {
      prompt: [QUESTION],
    });
    const branching = await (made.generator as GeneratorValue).branch(QUESTION, 1);
    const grow = (maxTokens: number) =>
      branching.grow([branching.root], { sampling, maxTokens, signal, count: 1, until: 'end' });
    return [...(await grow(thought - 1)), ...(await grow(TOKENS))].map(({ text }) => text);
  });
  expect(result.map(answerOf)).toEqual(['', (await written(free.slice(thought))).trim()]);
});
