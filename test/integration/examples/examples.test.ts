import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { checkText } from '../../../electron/backend/estimate.ts';
import { engineScript } from '../../../electron/backend/paths.ts';
import { compile } from '../../../graphs/compile.ts';
import { withoutDefaults } from '../../../graphs/defaults.ts';
import { format, parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { STRATEGY_NAMES } from '../../../nodes/search-loop/kinds.ts';
import { steps } from '../../../renderer/guide/steps.ts';

const folder = new URL('../../../graphs/examples/', import.meta.url).pathname;
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
/** Examples of a search each: a strategy, or a strategy by the verifier it is shown with. */
const SEARCHES = STRATEGY_NAMES.flatMap((name) => (name === 'best-of-n' ? ['best-of-n-orm', 'best-of-n-prm'] : [name]));
const engine = new EngineProcess(engineScript());
afterAll(() => engine.close());

describe.each(names)('the example %s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  const document = parse(text);

  test('is written as the app writes it', () => {
    expect(format(withoutDefaults(document, catalog))).toBe(text);
  });

  test('fits together and has the visual tokens that its paper says', async () => {
    const check = await checkText(text, (kind, params) => engine.probe(kind, params, folder), folder);
    expect(check.problems).toEqual([]);
    for (const [id, node] of Object.entries(check.nodes)) expect(node.error, id).toBeUndefined();
    expect(check.total.tokens?.visual ?? 0).toBe(document.expected?.visualTokens ?? check.total.tokens?.visual ?? 0);
  });
});

test('every architecture of the article has its example, and a tiny twin that answers', () => {
  const architectures = [
    'llava',
    'llava-1.5',
    'llava-next',
    'blip-2',
    'flamingo',
    'llama-3.2-vision',
    'qwen-vl',
    'qwen2-vl',
    'internvl',
    'cascade',
    'clip',
    'siglip',
    'small-llava',
  ];
  const twins = architectures
    .filter((name) => !['llava-next', 'small-llava'].includes(name))
    .map((name) => `${name}-tiny`);
  const others = ['start', 'mlp-tiny', 'fusion-lab', 'router', 'speculative', 'critic', ...SEARCHES];
  expect(names.map((name) => name.replace(/\.json$/, '')).sort()).toEqual(
    [...architectures, ...twins, ...others].sort(),
  );
});

/** Runs an example as it stands but for `params`, in a real engine. */
async function run(name: string, params: Readonly<Record<string, Record<string, unknown>>> = {}) {
  const document = parse(readFileSync(join(folder, name), 'utf8'));
  for (const [id, more] of Object.entries(params)) {
    const node = document.nodes[id];
    if (!node) throw new Error(`${name} has no node ${id}`);
    node.params = { ...node.params, ...more };
  }
  for await (const event of engine.run(compile(document, catalog), {}, folder))
    if (event.type === 'run-done') return event.result;
  throw new Error('the run did not end');
}

test('the start example answers its question rightly, and those that it proposes, with nothing random in it', async () => {
  const { description = '' } = parse(readFileSync(join(folder, 'start.json'), 'utf8'));
  const asked = steps.find(({ id }) => id === 'ask')?.how ?? '';
  const proposed = [...`${description} ${asked}`.matchAll(/“([^”]+)”/g)].map(([, question]) => question);
  const answers: unknown[] = [];
  for (const text of [undefined, ...proposed]) {
    const { status, nodes } = await run('start.json', text === undefined ? {} : { question: { text } });
    expect(status).toBe('finished');
    expect(nodes.llm?.caveat).toBeUndefined();
    answers.push(nodes.llm?.outputs?.answer);
  }
  // The picture shows a purple circle at the left of a cyan one, and a large and a small cyan triangle.
  expect(answers).toMatchObject(['3', 'cyan', 'yes', 'no'].map((text) => ({ type: 'answer', text })));
});

test.each(names.filter((name) => /^(?!clip|siglip).*-tiny\.json$/.test(name)))('%s answers in words', async (name) => {
  const { status, nodes } = await run(name);
  expect(status).toBe('finished');
  const { answer } = nodes.llm?.outputs ?? {};
  expect(answer?.type === 'answer' && answer.text).toMatch(/[a-z0-9]/);
  expect(nodes.llm?.caveat).toBeUndefined();
});

test.each(SEARCHES)('%s searches with trained models, and answers with a number', async (name) => {
  const { status, nodes } = await run(`${name}.json`);
  expect(status).toBe('finished');
  const { candidates, answer } = nodes.search?.outputs ?? {};
  expect(answer?.type === 'answer' && answer.text).toMatch(/^\d+$/);
  if (candidates?.type !== 'candidates') throw new Error('no candidates came out');
  expect(candidates.result.spent.generated).toBeGreaterThan(0);
  expect(nodes.reasoner?.caveat).toBeUndefined();
});

test('the router sends its question one way, and the other does not run', async () => {
  const { status, nodes } = await run('router.json');
  expect(status).toBe('finished');
  expect([nodes.short?.status, nodes.search?.status].sort()).toEqual(['finished', 'unused']);
  expect(nodes.answer?.outputs?.value).toMatchObject({ type: 'answer', text: expect.stringMatching(/^\d+$/) });
});

test('in the fusion lab seven connectors answer about one picture, each with its visual tokens', async () => {
  const { status, nodes } = await run('fusion-lab.json');
  expect(status).toBe('finished');
  const answers = Object.entries(nodes).filter(([, { kind }]) => kind === 'llm');
  expect(Object.fromEntries(answers.map(([id, { tokens }]) => [id.slice('llm-'.length), tokens?.visual]))).toEqual({
    linear: 64,
    mlp: 64,
    'pixel-shuffle': 16,
    'patch-merger': 16,
    resampler: 16,
    'q-former': 16,
    // Looked at by gated layers, and in no place of the context.
    'cross-attention': 0,
  });
  for (const [id, { outputs, caveat }] of answers) {
    expect(caveat, id).toBeUndefined();
    expect(outputs?.answer?.type === 'answer' && outputs.answer.text, id).toMatch(/[a-z0-9]/);
  }
});

test.each(['clip-tiny.json', 'siglip-tiny.json'])('%s finds the caption that fits', async (name) => {
  const { labels } = (await run(name)).nodes;
  const table = labels?.outputs?.table;
  if (table?.type !== 'table') throw new Error('no table came out');
  const scores = table.rows.map((row) => Number(row.at(-1)));
  expect(scores.indexOf(Math.max(...scores))).toBe(0);
});

test('the small LLaVA answers about a camera photograph, and every node says what it took', async () => {
  const result = await run('small-llava.json', { llm: { maxTokens: 8 } });
  expect(result.status).toBe('finished');
  const { encoder, llm, photo } = result.nodes;
  // The photograph lies on its side in the file: its EXIF orientation is honoured.
  expect(photo?.outputs?.image).toMatchObject({ width: 600, height: 450 });
  expect(encoder?.ms?.load).toBeGreaterThan(0);
  expect(llm?.tokens).toMatchObject({ visual: 49, answer: 8, thinking: 0 });
  expect(llm?.tokens?.prompt).toBeGreaterThan(0);
  expect(llm?.rate?.firstTokenMs).toBeGreaterThan(0);
  // SmolLM2's own tokenizer does not ship.
  expect(llm?.caveat).toBe('random weights; text is cut by the gpt2 tokenizer');
  const answer = llm?.outputs?.answer;
  expect(answer?.type === 'answer' && answer.text.length).toBeGreaterThan(0);
});
