import { symbol } from '../../../nodes/onnx/dims.ts';
import { cast } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import { featureTokens } from '../../../nodes/training/tasks/pictures.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { patchValues, type VisionConfig } from '../../../nodes/vision-encoder/config.ts';
import { encode } from '../../../nodes/vision-encoder/model.ts';
import { loaderScript } from '../paths.ts';
import { BatchLoader } from './loader.ts';
import type { LoaderData } from './loader-worker.ts';
import { trainingSession } from './session.ts';

/** Pictures that the encoder takes at once. */
const CHUNK = 64;

/** Features of pictures by their number, made once by a frozen encoder and kept in half precision. */
export class KeptFeatures {
  private constructor(
    private readonly data: Uint16Array,
    private readonly tokens: number,
    private readonly width: number,
  ) {}

  /** Of the pictures 0 … `count` - 1 of a split. `weights`: the encoder's. */
  static async make(
    data: LoaderData,
    vision: VisionConfig,
    weights: WeightSource,
    split: Split,
    count: number,
    onProgress: (done: number) => void,
  ): Promise<KeptFeatures> {
    const [tokens, width] = [featureTokens(vision), vision.width];
    const kept = new Uint16Array(count * tokens * width);
    const session = await trainingSession(featuresGraph(vision), weights);
    const loader = new BatchLoader(loaderScript(), data, (n) => ({
      split,
      from: n * CHUNK,
      count: Math.max(1, Math.min(CHUNK, count - n * CHUNK)),
      vision,
    }));
    try {
      for (let from = 0; from < count; from += CHUNK) {
        const { feeds } = await loader.next();
        const { features } = await session.run(feeds, { features: null });
        kept.set(features?.data as Uint16Array, from * tokens * width);
        onProgress(Math.min(count, from + CHUNK));
      }
    } finally {
      await loader.close();
      await session.release();
    }
    return new KeptFeatures(kept, tokens, width);
  }

  /** Those of the pictures, float16 `[pictures, tokens, width]`. */
  of(pictures: readonly number[]): Tensor {
    const size = this.tokens * this.width;
    const data = new Uint16Array(pictures.length * size);
    pictures.forEach((picture, i) => {
      data.set(this.data.subarray(picture * size, (picture + 1) * size), i * size);
    });
    return { dtype: 'float16', dims: [pictures.length, this.tokens, this.width], data };
  }
}

/** The last layer's features in half precision, for any number of pictures. */
function featuresGraph(vision: VisionConfig): Graph {
  const g = new Graph();
  const count = (vision.size / vision.patch) ** 2;
  const patches = g.input('patches', 'float32', [symbol('n'), count, patchValues(vision)]);
  const { features } = encode(g, vision, { layers: 0, featureLayer: -1, pooling: false }, patches);
  g.output('features', cast(g, features, 'float16'));
  return g;
}
