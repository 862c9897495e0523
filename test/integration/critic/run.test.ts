import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { loadKind } from '../../../electron/backend/executor/kinds.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { askedPreferences, askedScores } from '../../../nodes/critic/asked.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { saveModel } from '../../helpers/stored.ts';
import { livelyWeights } from '../llm/tiny.ts';
import { LLM } from '../training/tiny.ts';

const home = dataFolder();
let executor: Executor;
beforeAll(async () => {
  await saveModel(
    join(home, 'trained', 'judge'),
    'judge',
    { kind: 'llm', architecture: { ...LLM, vocabulary: 256 }, tokenizer: 'worlds' },
    livelyWeights(1),
  );
  executor = new Executor(new RuntimeLender(new SessionPool(1e9)), loadKind, 1e8);
});

const text = (words: string) => ({ kind: 'prompt', params: { text: words } });

function graph(params: Record<string, unknown>): GraphDocument {
  return {
    schemaVersion: 1,
    title: 'critic',
    nodes: {
      question: text('describe the picture'),
      truth: text('a large red circle and a small blue square'),
      short: text('a pink star'),
      long: text('a large red circle and a blue square'),
      llm: { kind: 'llm', params: { model: 'trained:judge' }, inputs: { prompt: 'question.text' } },
      critic: {
        kind: 'critic',
        params,
        inputs: {
          question: 'question.text',
          answer: ['short.text', 'long.text'],
          truth: 'truth.text',
          generator: 'llm.generator',
        },
      },
    },
  };
}

async function run(document: GraphDocument) {
  const facts = Object.fromEntries(Object.keys(document.nodes).map((id) => [id, {}]));
  const plan = compile(document, catalog, { to: ['critic'], facts });
  const { nodes } = await executor.run({ run: 'r', plan, options: {} }, new AbortController().signal, () => {});
  const { table, preferred, score } = nodes.critic?.outputs ?? {};
  if (table?.type !== 'table' || preferred?.type !== 'text' || score?.type !== 'score')
    throw new Error(nodes.critic?.error?.message);
  return { report: nodes.critic, table, preferred, score };
}

test('the truth scores each answer, and prefers the better of two', async () => {
  const { table, preferred, score } = await run(graph({}));
  expect(table.columns).toEqual(['dimension', '#1', '#2', 'best']);
  expect(table.rows).toEqual([
    ['accuracy', 0, 1, '#2'],
    ['relevance', 1, 1, 'all'],
    ['detail', 0, expect.closeTo(5 / 6), '#2'],
    ['hallucination', 0, 1, '#2'],
    ['overall', 0.25, expect.closeTo(23 / 24), '#2'],
  ]);
  expect(score.value).toBe(0.25);
  expect(preferred.text).toBe('a large red circle and a blue square');

  const pair = await run(graph({ mode: 'pairwise' }));
  expect(pair.table.rows).toEqual([
    ['accuracy', 'second'],
    ['relevance', 'neither'],
    ['detail', 'second'],
    ['hallucination', 'second'],
    ['overall', 'second'],
  ]);
  expect(pair.preferred.text).toBe('a large red circle and a blue square');
  expect(pair.score.value).toBe(1 / 8);
});

test('an LLM of random weights is asked four times an answer, its tokens are counted, and what is no number is said', async () => {
  const { report, table } = await run(graph({ source: 'judge' }));
  expect(table.rows).toHaveLength(5);
  expect(report?.tokens?.prompt).toBeGreaterThan(8 * 20);
  const missing = table.rows
    .slice(0, 4)
    .flatMap((row) => row.slice(1, 3))
    .filter((score) => score === null).length;
  expect(missing === 0 ? undefined : report?.caveat).toEqual(
    missing === 0 ? undefined : `the judge gave no number in ${missing} of 8 cases`,
  );
});

/** A judge that says what a rule makes of its prompt. */
function saying(reply: (prompt: string) => string): GeneratorValue {
  return {
    type: 'generator',
    summary: 'scripted',
    async generate({ text: prompt }) {
      const tokens = { prompt: 1, visual: 0, thinking: 0, answer: 1 };
      const answer = { type: 'answer', text: reply(prompt), tokens, logProbs: [0], finish: 'stop' } as const;
      return { answer, firstTokenMs: 0, restMs: 0, cached: 0 };
    },
    branch: () => Promise.reject(new Error('it is not asked to')),
    likelihoods: () => Promise.reject(new Error('it is not asked to')),
  };
}

test('a judge that likes whatever comes first prefers neither, one that knows the better prefers it both ways', async () => {
  const asking = { template: '{dimension} A:{first} B:{second}', question: 'q', signal: new AbortController().signal };
  const biased = await askedPreferences({ ...asking, generator: saying(() => 'A') }, 'bad', 'good');
  expect(Object.values(biased)).toEqual([0, 0, 0, 0]);
  const knowing = saying((prompt) => (/A:good/.test(prompt) ? 'A' : 'B'));
  expect(Object.values(await askedPreferences({ ...asking, generator: knowing }, 'bad', 'good'))).toEqual([
    -1, -1, -1, -1,
  ]);
});

test('each dimension is asked for by name, and its number read', async () => {
  const generator = saying((prompt) => (prompt.startsWith('detail of x:') ? 'about 4, I think' : '9'));
  const asking = {
    generator,
    template: '{dimension} of {answer}:',
    question: 'q',
    signal: new AbortController().signal,
  };
  expect(await askedScores(asking, 'x')).toEqual({ accuracy: 0.9, relevance: 0.9, detail: 0.4, hallucination: 0.9 });
});
