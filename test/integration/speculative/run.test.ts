import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { loadKind } from '../../../electron/backend/executor/kinds.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { saveModel } from '../../helpers/stored.ts';
import { livelyWeights } from '../llm/tiny.ts';
import { LLM } from '../training/tiny.ts';

/** Graphs in which two small models of random weights speak together. */

const home = dataFolder();
let executor: Executor;
beforeAll(async () => {
  for (const [name, vocabulary, tokenizer] of [
    ['solver', 320, 'arithmetic'],
    ['looker', 256, 'worlds'],
  ] as const)
    await saveModel(
      join(home, 'trained', name),
      name,
      { kind: 'llm', architecture: { ...LLM, vocabulary }, tokenizer },
      livelyWeights(1),
    );
  executor = new Executor(new RuntimeLender(new SessionPool(1e9)), loadKind, 1e8);
});

function graph(draft: Record<string, unknown>, params: Record<string, unknown> = {}): GraphDocument {
  const prompt = 'question.text';
  const asked = { maxTokens: 24, ...params };
  return {
    schemaVersion: 1,
    title: 'speculative',
    nodes: {
      question: { kind: 'prompt', params: { text: 'tom has 12 apples and finds 7 more. how many has tom?' } },
      target: { kind: 'llm', params: { model: 'trained:solver', ...asked }, inputs: { prompt } },
      draft: { kind: 'llm', params: { model: 'trained:solver', layers: 1, ...draft }, inputs: { prompt } },
      both: {
        kind: 'speculative',
        params: { draftLength: 3, ...asked },
        inputs: { prompt, target: 'target.generator', draft: 'draft.generator' },
      },
    },
  };
}

async function run(document: GraphDocument) {
  const facts = Object.fromEntries(Object.keys(document.nodes).map((id) => [id, {}]));
  const plan = compile(document, catalog, { to: ['target', 'both'], facts });
  return executor.run({ run: 'r', plan, options: {} }, new AbortController().signal, () => {});
}

test('the answer is that of the target alone, and the node tells how the draft did', async () => {
  const { nodes } = await run(graph({}));
  const [alone, both] = [nodes.target?.outputs?.answer, nodes.both?.outputs?.answer];
  if (alone?.type !== 'answer' || both?.type !== 'answer') throw new Error('no answers');
  expect(both.text).toBe(alone.text);
  expect(both.tokens).toEqual(alone.tokens);
  const { acceptance = -1, tokensPerPass = 0, costRatio = 0 } = nodes.both?.speculation ?? {};
  expect(acceptance).toBeGreaterThanOrEqual(0);
  expect(acceptance).toBeLessThanOrEqual(1);
  expect(tokensPerPass).toBeGreaterThanOrEqual(1);
  expect(tokensPerPass).toBeLessThanOrEqual(4);
  expect(costRatio).toBeGreaterThan(0);
  // Both models' caches, of which the draft's has a layer.
  expect(nodes.both?.bytes?.kvCache).toBeGreaterThan(nodes.target?.bytes?.kvCache ?? 0);
});

test('two models with different tokenizers are refused in words', async () => {
  const { nodes } = await run(graph({ model: 'trained:looker', layers: 0 }));
  expect(nodes.both?.error?.message).toMatch(/do not share a tokenizer: .* 320 and 256 tokens/);
});
