import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { growthOf } from '../../../electron/backend/comparison/growth.ts';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { checkDocument } from '../../../electron/backend/estimate.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';

const engine = new EngineProcess('dist/electron/engine.js');
afterAll(() => engine.close());

async function grown(name: string) {
  const document = parse(await readFile(`graphs/examples/${name}.json`, 'utf8'));
  const growth = await growthOf({ graph: name, document }, engine);
  return (of: 'images' | 'tiles') => growth.filter((one) => one.of === of);
}

test('images are read one after another: so many times the visual tokens, and a cache that holds them all', async () => {
  const of = await grown('llava-tiny');
  expect(of('images').map(({ count, visualTokens }) => [count, visualTokens])).toEqual([
    [1, 64],
    [2, 128],
    [4, 256],
    [8, 512],
  ]);
  const [one, two, four, eight] = of('images');
  // Every visual token more takes the same room.
  const kept = [one, two, four, eight].map((growth) => growth?.kvCacheBytes ?? Number.NaN) as [
    number,
    number,
    number,
    number,
  ];
  expect(kept[3] - kept[2]).toBeCloseTo(4 * (kept[1] - kept[0]), 6);
  expect(kept[2] - kept[1]).toBeCloseTo(2 * (kept[1] - kept[0]), 6);
  // Encoding and prefill at least double with the pictures, but for the question, which is read once.
  expect((eight?.flops ?? 0) / (four?.flops ?? 1)).toBeGreaterThan(1.8);
  expect(of('tiles')).toEqual([]);
});

test('a graph with a tiler is counted by tiles too, the encoder included', async () => {
  const of = await grown('internvl');
  const tiles = of('tiles');
  expect(tiles.map(({ count }) => count)).toEqual([1, 2, 4, 8]);
  // 256 visual tokens of each tile and of the thumbnail, which one tile alone does not get (InternVL 1.5, section 3.2).
  expect(tiles.map(({ visualTokens }) => visualTokens)).toEqual([256, 3 * 256, 5 * 256, 9 * 256]);
  for (const [i, { flops }] of tiles.entries()) expect(flops).toBeGreaterThan(tiles[i - 1]?.flops ?? 0);
});

/** A graph of its own that shows so many pictures to one LLM: each through an encoder, and a projector where it has one. */
function showing(
  pictures: number,
  meeting: GraphDocument['nodes'],
  through: string,
  projector?: GraphNode,
): GraphDocument {
  const nodes: Record<string, GraphNode> = {
    question: { kind: 'prompt', params: { text: 'Is there a purple circle?' } },
    ...meeting,
  };
  const wires: string[] = [];
  for (let at = 1; at <= pictures; at++) {
    nodes[`photo${at}`] = { kind: 'image', params: { source: 'example:shapes-004' } };
    const params = { featureLayer: -1, model: 'tiny:clip-vit' };
    nodes[`encoder${at}`] = { kind: 'vision-encoder', params, inputs: { image: `photo${at}.image` } };
    if (projector) nodes[`projector${at}`] = { ...projector, inputs: { features: `encoder${at}.features` } };
    wires.push(projector ? `projector${at}.embeddings` : `encoder${at}.features`);
  }
  const [node = '', port = ''] = through.split('.');
  nodes[node] = { ...(nodes[node] as GraphNode), inputs: { ...nodes[node]?.inputs, [port]: wires } };
  return { schemaVersion: 1, title: `${pictures} pictures`, nodes };
}

const LLAVA = {
  llm: { kind: 'llm', params: { maxTokens: 64, model: 'tiny:llm' }, inputs: { prompt: 'question.text' } },
};
const FLAMINGO = {
  connector: { kind: 'cross-attention-adapter', params: { model: 'tiny:cross-attention-adapter' } },
  llm: { ...LLAVA.llm, inputs: { prompt: 'question.text', adapter: 'connector.adapter' } },
};
const graphs = {
  'an LLM that reads them': (n: number) =>
    showing(n, LLAVA, 'llm.visual', { kind: 'projector', params: { model: 'tiny:mlp' } }),
  'gated layers that attend to them': (n: number) => showing(n, FLAMINGO, 'connector.features'),
};

test.each(Object.entries(graphs))('more pictures to %s cost what a graph that has them does', async (_, graphOf) => {
  const growth = await growthOf({ graph: 'one', document: graphOf(1) }, engine);
  for (const count of [1, 2, 4]) {
    const { nodes, total, problems } = await checkDocument(graphOf(count), (kind, params) =>
      engine.probe(kind, params),
    );
    expect(problems).toEqual([]);
    const cache = [nodes.llm, nodes.connector].map((node) => node?.cost?.kvCacheBytes ?? 0);
    expect(growth.find(({ of, count: counted }) => of === 'images' && counted === count)).toEqual({
      of: 'images',
      count,
      visualTokens: total.tokens?.visual,
      flops: total.flops,
      kvCacheBytes: cache.reduce((sum, each) => sum + each),
    });
  }
});

test('gated layers take more keys and values and more prefill, and no more of the context of the LLM', async () => {
  const graphOf = graphs['gated layers that attend to them'];
  const costs = await Promise.all(
    [1, 2, 4].map(async (count) => {
      const { nodes } = await checkDocument(graphOf(count), (kind, params) => engine.probe(kind, params));
      return { connector: nodes.connector?.cost, llm: nodes.llm?.cost };
    }),
  );
  const [one, two, four] = costs;
  expect(costs.map(({ llm }) => llm?.kvCacheBytes)).toEqual(Array(3).fill(one?.llm?.kvCacheBytes));
  expect(costs.map(({ llm }) => llm?.tokens?.visual)).toEqual([0, 0, 0]);
  expect(costs.map(({ connector }) => connector?.tokens?.visual)).toEqual([65, 130, 260]);
  const held = (cost: (typeof costs)[number] | undefined) => cost?.connector?.kvCacheBytes ?? 0;
  expect([held(two), held(four)]).toEqual([2 * held(one), 4 * held(one)]);
  const flops = (cost: (typeof costs)[number] | undefined) => cost?.llm?.flops ?? 0;
  expect(flops(two)).toBeGreaterThan(flops(one));
  expect(flops(four) - flops(two)).toBe(2 * (flops(two) - flops(one)));

  const plan = compile(graphOf(2), catalog, {});
  for await (const event of engine.run(plan, {})) {
    if (event.type !== 'run-done') continue;
    const { connector, llm } = event.result.nodes;
    expect(llm?.error ?? connector?.error).toBeUndefined();
    expect(connector?.tokens).toEqual({ visual: 130 });
    expect(connector?.bytes?.kvCache).toBe(two?.connector?.kvCacheBytes);
    expect(connector?.flops).toBe(two?.connector?.flops);
    expect(llm?.tokens?.visual).toBe(0);
  }
});

test('a perceiver before gated layers is copied with its picture', async () => {
  const of = await grown('flamingo');
  expect(of('images').map(({ visualTokens }) => visualTokens)).toEqual([64, 128, 256, 512]);
});

test('nothing is told of a graph that answers no questions', async () => {
  expect((await grown('clip-tiny'))('images')).toEqual([]);
});
