import type { NORMALISATIONS } from '../pixels.ts';

/** How a picture becomes the encoder's input. */
export interface Preprocessing {
  /**
   * `centre-crop`: the shorter side is resized, the square in the middle kept (CLIP). `stretch`: resized to the square
   * (SigLIP, InternVL). `pad`: padded to a square on the mean colour first (LLaVA-1.5). `native`: its own shape, sides
   * rounded to multiples of `2 · patch` and the area held within bounds (Qwen2-VL).
   */
  readonly fit: 'centre-crop' | 'stretch' | 'pad' | 'native';
  readonly normalisation: keyof typeof NORMALISATIONS;
}

/** How patch features become one vector for the picture. */
export type Pooling =
  /** Class token, layer norm, projection without bias (CLIP). */
  | { readonly kind: 'class-token'; readonly width: number }
  /** Layer norm, then a learned query attends to all patches and passes an MLP with residual (SigLIP's MAP head). */
  | { readonly kind: 'attention' }
  /** Layer norm over the patches where `norm` says so, then their mean. */
  | { readonly kind: 'mean' };

/** A vision transformer. Widths in features, sizes in pixels. */
export interface VisionConfig {
  readonly patch: number;
  /** Side of the square picture; the usual size where the encoder takes any (`native`). */
  readonly size: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly activation: 'quick-gelu' | 'gelu' | 'gelu-tanh';
  readonly norm: 'layer' | 'rms';
  readonly epsilon: number;
  readonly classToken: boolean;
  /** One learned vector a patch (and class token), or 2-D rotary: half of each head turns with the row, half with the column. */
  readonly positions: 'learned' | 'rotary';
  readonly patchBias: boolean;
  /**
   * Channels of 3 × 3 convolutions, each with a stride of 2 and an activation, through which the picture passes before the
   * patches are projected; `patch` is 2 to their number (Xiao et al. 2021, "Early Convolutions Help Transformers See
   * Better", §4).
   */
  readonly stem?: readonly number[];
  /** Frames a patch spans: Qwen2-VL shows a still picture twice. */
  readonly frames: 1 | 2;
  /** Layer norm before the first layer (CLIP). */
  readonly normBefore: boolean;
  /** Layer norm after the last layer, for feature layer −1. */
  readonly normAfter: boolean;
  readonly queryKeyValueBias: boolean;
  /** RMS norm over all heads of queries and keys (InternViT-6B). */
  readonly queryKeyNorm: boolean;
  /** A learned factor a channel on each residual branch (InternViT). */
  readonly layerScale: boolean;
  readonly pooling: Pooling;
  readonly preprocessing: Preprocessing;
}

export interface VisionRun {
  /** Layers to run: k of the config's, or 0 for all that the feature layer needs. */
  readonly layers: number;
  /** −1: after the last layer; −2: after the last but one, without the final norm. */
  readonly featureLayer: -1 | -2;
  readonly pooling: boolean;
}

/** Layers that this run needs of the whole encoder. */
export function wholeLayers(config: VisionConfig, { featureLayer, pooling }: VisionRun): number {
  return pooling ? config.layers : config.layers + 1 + featureLayer;
}

/** Layers that run: those needed, or the first k of them. */
export function layersToRun(config: VisionConfig, run: VisionRun): number {
  const whole = wholeLayers(config, run);
  return run.layers === 0 ? whole : Math.min(run.layers, whole);
}

/** Values of one patch: 3 channels × frames × patch². */
export function patchValues(config: VisionConfig): number {
  return 3 * config.frames * config.patch ** 2;
}
