import { describe, expect, test } from 'vitest';
import type { AdapterConfig } from '../../../nodes/cross-attention-adapter/adapter.ts';
import { adapterGraph, keyValueGraph } from '../../../nodes/cross-attention-adapter/model.ts';
import { ADAPTER_PRESETS } from '../../../nodes/cross-attention-adapter/presets.ts';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { gridPositions, mergeNeighbours } from '../../../nodes/projector/arrange.ts';
import type { ProjectorConfig } from '../../../nodes/projector/config.ts';
import { projectorGraph } from '../../../nodes/projector/model.ts';
import { qFormerGraph } from '../../../nodes/q-former/model.ts';
import { textGraph } from '../../../nodes/similarity/model.ts';
import { TEXT_PRESETS } from '../../../nodes/similarity/presets.ts';
import { textFeeds } from '../../../nodes/similarity/text.ts';
import type { FloatTensor, Tensor } from '../../../nodes/values.ts';
import { lively } from '../../helpers/lively.ts';
import { difference, floats, runGraph } from '../../helpers/onnx.ts';

const fp32 = { precision: 'fp32', fused: true } as const;

/** Largest difference between the fused graph and its plain twin. */
async function twins(make: (fused: boolean) => Graph, feeds: Record<string, Tensor>, output: string): Promise<number> {
  const [fused, plain] = await Promise.all(
    [true, false].map((fused) => runGraph(make(fused), feeds, { weights: lively })),
  );
  return difference(fused?.[output], plain?.[output]);
}

describe('projectors', () => {
  const width = 16;
  const designs: readonly ProjectorConfig[] = [
    { design: 'linear', width },
    { design: 'mlp', width, depth: 3, activation: 'silu' },
    { design: 'pixel-shuffle', width },
    { design: 'patch-merger', width },
    { design: 'resampler', width, queries: 9, heads: 2 },
    { design: 'perceiver', width, queries: 5, heads: 2, headWidth: 8, depth: 2 },
  ];

  test.each(designs)('$design: fused equals plain, and the tokens are as said', async (config) => {
    const features = floats([3, 16, 12]) as FloatTensor;
    const merges = config.design === 'pixel-shuffle' || config.design === 'patch-merger';
    const feeds = {
      features: merges ? mergeNeighbours(features, [4, 4]) : features,
      ...(config.design === 'resampler' && {
        query_positions: gridPositions(3, 3, 3, width),
        feature_positions: gridPositions(4, 4, 3, width),
      }),
    };
    const make = (fused: boolean) => projectorGraph(config, 12, { precision: 'fp32', fused });
    expect(await twins(make, feeds, 'embeddings')).toBeLessThan(1e-4);
    const { embeddings } = await runGraph(make(true), feeds);
    const tokens = merges ? 4 : 'queries' in config ? config.queries : 16;
    expect(embeddings?.dims).toEqual([3, tokens, width]);
  });

  test('a resampler sees where a patch stands', async () => {
    const config = { design: 'resampler', width, queries: 9, heads: 2 } as const;
    const features = floats([1, 16, 12]) as FloatTensor;
    const turned = features.data.slice();
    for (let i = 0; i < 16; i++) turned.set(features.data.subarray((15 - i) * 12, (16 - i) * 12), i * 12);
    const places = (positions: FloatTensor) => ({
      query_positions: gridPositions(3, 3, 3, width),
      feature_positions: positions,
    });
    const run = (data: Float32Array, positions: FloatTensor) =>
      runGraph(projectorGraph(config, 12, fp32), { features: { ...features, data }, ...places(positions) });
    const [here, there, blind, blindThere] = await Promise.all([
      run(features.data, gridPositions(4, 4, 3, width)),
      run(turned, gridPositions(4, 4, 3, width)),
      run(features.data, floatsOfZero),
      run(turned, floatsOfZero),
    ]);
    expect(difference(here.embeddings, there.embeddings)).toBeGreaterThan(1e-5);
    expect(difference(blind.embeddings, blindThere.embeddings)).toBeLessThan(1e-6);
  });
  const floatsOfZero: FloatTensor = { dtype: 'float32', dims: [1, 16, 16], data: new Float32Array(256) };
});

describe('Q-Former', () => {
  const config = { queries: 4, width: 16, layers: 3, heads: 2, mlpWidth: 32, crossEvery: 2, epsilon: 1e-12 };

  test('fused equals plain; any number of features gives as many tokens as queries', async () => {
    const make = (fused: boolean) => qFormerGraph(config, 10, 24, { precision: 'fp32', fused });
    expect(await twins(make, { features: floats([2, 7, 10]) }, 'embeddings')).toBeLessThan(1e-4);
    for (const tokens of [1, 50])
      expect((await runGraph(make(true), { features: floats([1, tokens, 10]) })).embeddings?.dims).toEqual([1, 4, 24]);
  });

  test('the order of the features does not matter: they carry their positions in themselves', async () => {
    const features = floats([1, 2, 10]);
    const swapped = {
      ...features,
      data: Float32Array.from([...features.data.slice(10), ...features.data.slice(0, 10)].map(Number)),
    };
    const [a, b] = await Promise.all(
      [features, swapped].map((input) => runGraph(qFormerGraph(config, 10, 24, fp32), { features: input })),
    );
    expect(difference(a?.embeddings, b?.embeddings)).toBeLessThan(1e-6);
  });
});

describe.each(Object.keys(ADAPTER_PRESETS) as (keyof typeof ADAPTER_PRESETS)[])('adapter %s, small', (name) => {
  const preset = ADAPTER_PRESETS[name];
  const config: AdapterConfig = {
    ...preset.config,
    width: 24,
    depths: [0, 2],
    heads: 4,
    keyValueHeads: preset.config.keyValueHeads === preset.config.heads ? 4 : 2,
    headWidth: 8,
    mlp: { ...preset.config.mlp, width: 40 },
  };
  const model = { config, projects: preset.projects };
  const feeds = { hidden: floats([1, 5, 24]), features: floats([1, 9, 12]) };

  test('fused equals plain', async () => {
    const make = (fused: boolean) => adapterGraph(model, 12, { precision: 'fp32', fused });
    expect(await twins(make, feeds, 'adapted')).toBeLessThan(1e-4);
  });

  test('open gates change what passes; gates at zero change nothing', async () => {
    const [open, shut] = await Promise.all(
      [false, true].map((zeroGates) =>
        runGraph(adapterGraph({ ...model, config: { ...config, zeroGates } }, 12, fp32), feeds),
      ),
    );
    expect(difference(open?.adapted, feeds.hidden)).toBeGreaterThan(1e-5);
    expect(difference(shut?.adapted, feeds.hidden)).toBe(0);
  });

  test('keys and values come by layer', async () => {
    const outputs = await runGraph(keyValueGraph(model, 12, fp32), { features: feeds.features });
    expect(Object.keys(outputs).sort()).toEqual(['key.0', 'key.1', 'value.0', 'value.1']);
    expect(outputs['key.1']?.dims).toEqual([1, 9, config.keyValueHeads * 8]);
  });
});

describe.each(['clip-vit-b-32', 'siglip-so400m-14-384'] as const)('text tower of %s, small', (name) => {
  const preset = TEXT_PRESETS[name].config;
  const config = { ...preset, context: 8, width: 16, layers: 2, heads: 2, mlpWidth: 24, embedding: 6 };
  const make = (fused: boolean) => textGraph(config, { precision: 'fp32', fused });

  test('fused equals plain', async () => {
    expect(await twins(make, { ...textFeeds(config, [[3, 4], [9]]) }, 'embeddings')).toBeLessThan(1e-4);
  });

  test('the order of words matters', async () => {
    const [a, b] = await Promise.all(
      [[[3, 4]], [[4, 3]]].map((texts) => runGraph(make(true), { ...textFeeds(config, texts) })),
    );
    expect(difference(a?.embeddings, b?.embeddings)).toBeGreaterThan(1e-6);
  });
});
