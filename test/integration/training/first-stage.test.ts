import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { fromHalf } from '../../../nodes/onnx/half.ts';
import { LOWEST } from '../../../nodes/onnx/layers/attention.ts';
import { learnedQueries, transformed } from '../../../nodes/q-former/model.ts';
import { type BuiltGraph, evaluationGraph } from '../../../nodes/training/step.ts';
import { taskOf } from '../../../nodes/training/tasks/index.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { openGraph } from '../../helpers/onnx.ts';
import { crossEntropyOf, logSoftmax, mean, type Rows, rowsOf } from './formulas.ts';
import { openStep } from './session.ts';
import { drawnFeeds, FROZEN, flatWeights, livelyState, Q_FORMER, representationRecipe, saveConnected } from './tiny.ts';

/**
 * BLIP-2's three losses (Li et al. 2023, section 3.1, figure 2) against their formulas, over passes of their own: each
 * pass is a graph with nothing but the transformer, under a mask that is written out here.
 */

const { queries: QUERIES, width: WIDTH } = Q_FORMER;
const CONTEXT = 16;
/** With two pairs, the other one is the only negative there is. */
const PAIRS = 2;
const recipe = representationRecipe();

let folder: string;
let built: BuiltGraph;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-training-'));
  built = evaluationGraph(taskOf(recipe, await saveConnected(folder)).trainee);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Feeds = Readonly<Record<string, Tensor>>;

async function lossesOf(feeds: Feeds): Promise<Readonly<Record<'itc' | 'itm' | 'itg', number>>> {
  const session = await openStep(built.graph, FROZEN);
  try {
    const { weights } = livelyState(built.layout);
    const found = await session.run({ ...feeds, weights }, { itc: null, itm: null, itg: null });
    const value = (name: string) => Number(found[name]?.data[0]);
    return { itc: value('itc'), itm: value('itm'), itg: value('itg') };
  } finally {
    await session.release();
  }
}

function param(name: string): Float32Array {
  const entry = built.layout.entries.find(({ spec }) => spec.name === `connector.${name}`);
  if (!entry) throw new Error(`nothing trains as ${name}`);
  return livelyState(built.layout).weights.data.slice(entry.offset, entry.offset + entry.size);
}

/** `x · weight + bias` of a linear layer. */
function linearOf(name: string, rows: Rows, width: number): number[][] {
  const [weight, bias] = [rowsOf(param(`${name}.weight`), width), param(`${name}.bias`)];
  return rows.map((row) =>
    Array.from(bias, (b, j) => b + row.reduce((sum, x, i) => sum + x * (weight[i]?.[j] as number), 0)),
  );
}

const numbersOf = (tensor: Tensor | undefined) => Array.from((tensor as Tensor).data, Number);
const idsOf = ({ ids }: Feeds) => rowsOf(numbersOf(ids), CONTEXT);

/** Words and their places, normalised: `[context, width]`. */
function embeddedRows(ids: readonly number[]): number[][] {
  const [words, places] = [rowsOf(param('words.weight'), WIDTH), rowsOf(param('places'), WIDTH)];
  const [scale, bias] = [param('text_norm.scale'), param('text_norm.bias')];
  return ids.map((id, at) => {
    const row = (words[id] ?? []).map((x, i) => x + (places[at]?.[i] as number));
    const middle = mean(row);
    const deviation = Math.sqrt(mean(row.map((x) => (x - middle) ** 2)) + Q_FORMER.epsilon);
    return row.map((x, i) => ((x - middle) / deviation) * (scale[i] as number) + (bias[i] as number));
  });
}

interface Pass {
  /** Features of the picture, `[tokens, width]`; absent where no queries are there. */
  readonly features?: Rows;
  readonly text?: Rows;
  /** Added to the scores, a row for each token, queries first. */
  readonly mask?: Rows;
}

/** One pass over one picture, one caption, or both. */
async function pass({ features, text, mask }: Pass): Promise<{ queries: number[][]; text: number[][] }> {
  const g = new Graph({ precision: 'fp32', fused: true });
  const input = (name: string, rows: Rows) => g.input(name, 'float32', [1, rows.length, rows[0]?.length ?? 0]);
  const seen = features && input('features', features);
  const out = g.scope('connector', () => {
    const start = {
      ...(seen && { queries: learnedQueries(g, Q_FORMER, seen) }),
      ...(text && { text: input('text', text) }),
    };
    const masking = mask && g.input('mask', 'float32', [1, 1, mask.length, mask.length]);
    return transformed(g, Q_FORMER, start, seen, masking);
  });
  if (out.queries) g.output('queries', out.queries);
  if (out.text) g.output('told', out.text);
  const session = await openGraph(g, { weights: flatWeights(built.layout, livelyState(built.layout).weights.data) });
  try {
    const tensor = (rows: Rows, before: readonly number[] = [1]): Tensor => ({
      dtype: 'float32',
      dims: [...before, rows.length, rows[0]?.length ?? 0],
      data: Float32Array.from(rows.flat()),
    });
    const found = await session.run({
      ...(features && { features: tensor(features) }),
      ...(text && { text: tensor(text) }),
      ...(mask && { mask: tensor(mask, [1, 1]) }),
    });
    const rows = (name: string) => (found[name] ? rowsOf(numbersOf(found[name]), WIDTH) : []);
    return { queries: rows('queries'), text: rows('told') };
  } finally {
    await session.release();
  }
}

const square = (side: number, value: (row: number, column: number) => number): number[][] =>
  Array.from({ length: side }, (_, row) => Array.from({ length: side }, (_, column) => value(row, column)));

function partsOf(feeds: Feeds) {
  const dims = feeds.features?.dims as readonly [number, number, number];
  const flat = rowsOf(Array.from((feeds.features as Tensor).data as Uint16Array, fromHalf), dims[2]);
  return {
    features: Array.from({ length: PAIRS }, (_, i) => flat.slice(i * dims[1], (i + 1) * dims[1])),
    padding: rowsOf(numbersOf(feeds.padding), CONTEXT),
    ids: idsOf(feeds),
  };
}

const unit = (row: readonly number[]) => row.map((x) => x / Math.hypot(...row));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

describe("a Q-Former's first stage", () => {
  test('ITC: pictures and captions that do not see each other, by the query that is nearest', async () => {
    const feeds = drawnFeeds(built.graph);
    const { features, padding, ids } = partsOf(feeds);
    const images: number[][][] = [];
    const captions: number[][] = [];
    for (let i = 0; i < PAIRS; i++) {
      images.push(linearOf('image_projection', (await pass({ features: features[i] as Rows })).queries, WIDTH));
      const mask = square(CONTEXT, (_, column) => padding[i]?.[column] as number);
      const { text } = await pass({ text: embeddedRows(ids[i] as number[]), mask });
      captions.push(...linearOf('text_projection', text.slice(0, 1), WIDTH));
    }
    const scale = param('scale')[0] as number;
    const similarity = images.map((queries) =>
      captions.map((caption) => scale * Math.max(...queries.map((query) => dot(unit(query), unit(caption))))),
    );
    const side = (matrix: Rows) => mean(matrix.map((row, i) => -(logSoftmax(row)[i] as number)));
    const turned = captions.map((_, j) => similarity.map((row) => row[j] as number));
    expect((await lossesOf(feeds)).itc).toBeCloseTo((side(similarity) + side(turned)) / 2, 4);
  });

  test('ITM: everything sees everything; a pair is told from its picture or its caption exchanged', async () => {
    const feeds = drawnFeeds(built.graph);
    const { features, padding, ids } = partsOf(feeds);
    const pairs = [
      ...[0, 1].map((i) => ({ picture: i, caption: i, label: 1 })),
      ...[0, 1].map((i) => ({ picture: 1 - i, caption: i, label: 0 })),
      ...[0, 1].map((i) => ({ picture: i, caption: 1 - i, label: 0 })),
    ];
    const logits: number[][] = [];
    for (const { picture, caption } of pairs) {
      const hidden = (column: number) => (column < QUERIES ? 0 : (padding[caption]?.[column - QUERIES] as number));
      const { queries } = await pass({
        features: features[picture] as Rows,
        text: embeddedRows(ids[caption] as number[]),
        mask: square(QUERIES + CONTEXT, (_, column) => hidden(column)),
      });
      const each = linearOf('match', queries, 2);
      logits.push([0, 1].map((k) => mean(each.map((row) => row[k] as number))));
    }
    const labels = pairs.map(({ label }) => label);
    const expected = crossEntropyOf(
      logits,
      labels,
      labels.map(() => 1),
    );
    expect((await lossesOf(feeds)).itm).toBeCloseTo(expected, 4);
  });

  test('ITG: words see the queries and the words before them, queries see no word', async () => {
    const feeds = drawnFeeds(built.graph);
    const { features, padding, ids } = partsOf(feeds);
    const start = numbersOf(feeds.start);
    const table = rowsOf(param('words.weight'), WIDTH);
    const logits: number[][] = [];
    for (let i = 0; i < PAIRS; i++) {
      const mask = square(QUERIES + CONTEXT, (row, column) => {
        if (column < QUERIES) return 0;
        const pad = padding[i]?.[column - QUERIES] as number;
        return column > row ? pad + LOWEST : pad;
      });
      const words = [start[i] as number, ...(ids[i] as number[]).slice(1)];
      const { text } = await pass({ features: features[i] as Rows, text: embeddedRows(words), mask });
      logits.push(...text.map((row) => table.map((word) => dot(row, word))));
    }
    const expected = crossEntropyOf(logits, numbersOf(feeds.targets), numbersOf(feeds.target_weights), 0.1);
    expect((await lossesOf(feeds)).itg).toBeCloseTo(expected, 4);
  });
});
