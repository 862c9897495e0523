import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterGraph } from '../../nodes/cross-attention-adapter/model.ts';
import { stepGraph } from '../../nodes/llm/model.ts';
import { type ModelCard, parseCard } from '../../nodes/models/card.ts';
import type { Graph } from '../../nodes/onnx/graph.ts';
import { fromHalf } from '../../nodes/onnx/half.ts';
import { type StoredTensor, writeSafetensors } from '../../nodes/onnx/safetensors.ts';
import { bytesOf, type WeightSource } from '../../nodes/onnx/weights.ts';
import { projectorGraph } from '../../nodes/projector/model.ts';
import { qFormerGraph } from '../../nodes/q-former/model.ts';
import { textGraph } from '../../nodes/similarity/model.ts';
import { verifierGraph } from '../../nodes/verifier/model.ts';
import { encoderGraph } from '../../nodes/vision-encoder/model.ts';

const FP32 = { precision: 'fp32', fused: true } as const;

/** All graphs of a card, by the prefix of their tensors' names. */
export function graphsOf(card: ModelCard): readonly (readonly [prefix: string, graph: Graph])[] {
  switch (card.kind) {
    case 'vision-encoder': {
      const { vision, text } = card.architecture;
      const run = { layers: 0, featureLayer: -1, pooling: text !== undefined } as const;
      const towers: (readonly [string, Graph])[] = [['vision.', encoderGraph(vision, run, FP32)]];
      return text ? [...towers, ['text.', textGraph(text, FP32)]] : towers;
    }
    case 'projector': {
      const { input, classToken, ...config } = card.architecture;
      return [['', projectorGraph(config, input, FP32)]];
    }
    case 'q-former': {
      const { input, outputWidth, ...config } = card.architecture;
      return [['', qFormerGraph(config, input, outputWidth, FP32)]];
    }
    case 'cross-attention-adapter': {
      const { input, projects, ...config } = card.architecture;
      return [['', adapterGraph({ config, projects }, input, FP32)]];
    }
    case 'llm':
      return [['', stepGraph(card.architecture, FP32)]];
    case 'verifier':
      return [['', verifierGraph(card, FP32)]];
  }
}

export function parametersOf(card: ModelCard): number {
  return graphsOf(card)
    .flatMap(([, { params }]) => params)
    .reduce((sum, { parameters }) => sum + parameters, 0);
}

/** A source rounded to half precision, as a file keeps it. */
export function halved(source: WeightSource): WeightSource {
  return {
    digest: `${source.digest} in halves`,
    fill(spec, into) {
      const halves = new Uint16Array(bytesOf({ ...spec, dtype: 'float16' }) / 2);
      source.fill({ ...spec, dtype: 'float16' }, new Uint8Array(halves.buffer));
      into.set(new Uint8Array(Float32Array.from(halves, fromHalf).buffer));
    },
  };
}

/** What differs between cards of small models in tests. */
export type CardBody = Pick<ModelCard, 'kind' | 'architecture'> & Readonly<Record<string, unknown>>;

/** What a card says of a model that no recipe made. */
export const UNTRAINED = {
  recipe: 'recipes/none.json',
  data: 'none',
  seed: 1,
  steps: 1,
  minutes: 0,
  parameters: 1,
  evaluation: [],
  weights: { file: 'weights.safetensors', sha256: '0'.repeat(64), bytes: 1 },
};

/** Writes `card.json` and half-precision weights from `source` into `folder`, the prefix taken off for the source's names. */
export async function saveModel(
  folder: string,
  name: string,
  body: CardBody,
  source: WeightSource,
): Promise<ModelCard> {
  const draft = parseCard({
    name,
    title: `Small ${name}`,
    about: 'Made by a test.',
    ...UNTRAINED,
    ...body,
  });
  const tensors = new Map<string, StoredTensor>();
  for (const [prefix, { params }] of graphsOf(draft))
    for (const spec of params) {
      const half = { ...spec, dtype: 'float16' } as const;
      const bytes = new Uint8Array(bytesOf(half));
      source.fill(half, bytes);
      tensors.set(prefix + spec.name, { dtype: 'float16', shape: spec.shape, bytes });
    }
  const file = writeSafetensors({ tensors });
  const weights = {
    file: 'weights.safetensors',
    sha256: createHash('sha256').update(file).digest('hex'),
    bytes: file.byteLength,
  };
  const card = { ...draft, parameters: parametersOf(draft), weights };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.safetensors'), file);
  await writeFile(join(folder, 'card.json'), JSON.stringify(card));
  return card;
}
