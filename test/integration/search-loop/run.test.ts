import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../electron/backend/executor/events.ts';
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

/** Graphs with search loops over a small solver of random weights: what it says means nothing, what is done with it does. */

const home = dataFolder();
let executor: Executor;
beforeAll(async () => {
  const architecture = { ...LLM, vocabulary: 320 };
  for (const [name, seed] of [
    ['solver', 1],
    ['weak', 2],
  ] as const)
    await saveModel(
      join(home, 'trained', name),
      name,
      { kind: 'llm', architecture, tokenizer: 'arithmetic' },
      livelyWeights(seed),
    );
  executor = new Executor(new RuntimeLender(new SessionPool(1e9)), loadKind, 1e8);
});

const QUESTION = {
  kind: 'prompt',
  params: { text: 'tom has 12 apples and finds 7 more. how many apples does tom have?' },
};
const llm = (name: string) => ({
  kind: 'llm',
  params: { model: `trained:${name}` },
  inputs: { prompt: 'question.text' },
});

function searching(params: Record<string, unknown>, wired: Record<string, string> = {}): GraphDocument {
  const inputs = { prompt: 'question.text', generator: 'llm.generator', ...wired };
  return {
    schemaVersion: 1,
    title: 'search',
    nodes: {
      question: QUESTION,
      llm: llm('solver'),
      weak: llm('weak'),
      rule: { kind: 'verifier', params: { source: 'rule' } },
      search: { kind: 'search-loop', params: { maxTokens: 32, candidates: 6, ...params }, inputs },
    },
  };
}

async function run(document: GraphDocument, signal = new AbortController().signal, onEvent = (_: RunEvent) => {}) {
  const facts = Object.fromEntries(Object.keys(document.nodes).map((id) => [id, {}]));
  const plan = compile(document, catalog, { to: [Object.keys(document.nodes).at(-1) ?? ''], facts });
  return executor.run({ run: 'r', plan, options: {} }, signal, onEvent);
}

describe('a search loop in a graph', () => {
  test('gives an answer, its candidates with votes and tree, and what it cost', async () => {
    const told = new Set<number>();
    const result = await run(searching({ strategy: 'mcts' }, { verifier: 'rule.verifier' }), undefined, (event) => {
      if (event.type === 'node-search') for (const { id } of event.nodes) told.add(id);
    });
    const report = result.nodes.search;
    expect(report).toMatchObject({ status: 'finished' });
    const { answer, candidates, score } = report?.outputs ?? {};
    if (candidates?.type !== 'candidates' || answer?.type !== 'answer') throw new Error('it gave something else');
    const { result: search } = candidates;
    expect(answer.text).toBe(search.candidates[search.chosen ?? -1]?.answer);
    expect(score).toMatchObject({ meaning: "verifier's score" });
    expect(told).toEqual(new Set(search.nodes.map(({ id }) => id)));
    const { thinking = 0, answer: said = 0 } = report?.tokens ?? {};
    expect(thinking + said).toBe(search.spent.generated);
    expect(report?.bytes?.kvCache).toBe(search.spent.kvCache);
  });

  test('is reused while nothing changes, and is another with another seed', async () => {
    const first = await run(searching({}));
    expect((await run(searching({}))).nodes.search?.status).toBe('reused');
    const other = await run(searching({ seed: 7 }));
    expect(other.nodes.search?.outputs?.candidates).not.toEqual(first.nodes.search?.outputs?.candidates);
  });

  test('compares with a weaker model', async () => {
    const { search } = (await run(searching({ strategy: 'sc-mcts' }, { amateur: 'weak.generator' }))).nodes;
    expect(search?.status).toBe('finished');
  });

  test('says what a strategy cannot do without', async () => {
    const { search } = (await run(searching({ strategy: 'beam-search' }))).nodes;
    expect(search?.error?.message).toMatch(
      /needs a verifier: wire one in, or choose a strategy that needs none \(greedy/,
    );
  });

  test('that is cancelled shows the candidates that it has', async () => {
    const controller = new AbortController();
    const endless = searching({ strategy: 'rasc', candidates: 1024, enough: 1 });
    const result = await run(endless, controller.signal, (event) => {
      if (event.type === 'node-progress' && event.done >= 8) controller.abort();
    });
    expect(result.status).toBe('cancelled');
    const candidates = result.nodes.search?.outputs?.candidates;
    if (candidates?.type !== 'candidates') throw new Error('no candidates');
    expect(candidates.result.candidates.length).toBeGreaterThanOrEqual(8);
    expect(candidates.result.candidates.length).toBeLessThan(1024);
  });
});

test.each([
  ['easy', 0, 'short', 'long'],
  ['hard', 1, 'long', 'short'],
] as const)('a router sends what is %s one way, and only that way is run', async (way, limit, taken, passed) => {
  const search = (input: string, candidates: number) => ({
    kind: 'search-loop',
    params: { strategy: 'self-consistency', candidates, maxTokens: 24 },
    inputs: { prompt: input, generator: 'llm.generator' },
  });
  const result = await run({
    schemaVersion: 1,
    title: 'router',
    nodes: {
      question: QUESTION,
      llm: llm('solver'),
      // Random answers hardly agree: the limit decides.
      route: {
        kind: 'router',
        params: { limit, samples: 8, maxTokens: 24 },
        inputs: { prompt: 'question.text', generator: 'llm.generator' },
      },
      short: search('route.easy', 1),
      long: search('route.hard', 4),
      one: { kind: 'switch', inputs: { first: 'short.answer', second: 'long.answer' } },
    },
  });
  expect(result.status).toBe('finished');
  expect(result.nodes[taken]?.status).toBe('finished');
  expect(result.nodes[passed]).toMatchObject({ status: 'unused', why: `the router took the ${way} way` });
  expect(result.nodes.one?.outputs?.value).toEqual(result.nodes[taken]?.outputs?.answer);
});
