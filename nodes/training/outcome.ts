import type { ModelCard } from '../models/card.ts';
import { toHalf } from '../onnx/half.ts';
import type { StoredTensor } from '../onnx/safetensors.ts';
import type { FlatLayout } from './flat.ts';
import type { Task } from './tasks/index.ts';

/** A model that came out of training. */
export interface Outcome {
  /** Fields of its card that the recipe tells. */
  readonly card: Pick<ModelCard, 'name' | 'title' | 'about' | 'kind'> & {
    readonly architecture: unknown;
    readonly encoder?: string;
    readonly llm?: string;
    readonly partial?: string;
    readonly judges?: string;
    readonly solver?: string;
    readonly beta?: number;
  };
  /** The name in the file of a tensor of the training graph; undefined where it belongs to another model. */
  nameOf(parameter: string): string | undefined;
}

export interface TrainedModel {
  readonly card: Outcome['card'];
  readonly parameters: number;
  /** In half precision. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The models that a task's weights are, once trained: each with its tensors in half precision. */
export function trainedModels(task: Task, layout: FlatLayout, weights: Float32Array): readonly TrainedModel[] {
  const value = (name: string) => {
    const entry = layout.entries.find(({ spec }) => spec.name === name);
    if (!entry) throw new Error(`"${name}" was not trained`);
    return weights[entry.offset] as number;
  };
  return task.outcomes(value).map(({ card, nameOf }) => {
    const tensors = new Map<string, StoredTensor>();
    let parameters = 0;
    for (const { spec, offset, size } of layout.entries) {
      const name = nameOf(spec.name);
      if (name === undefined) continue;
      const halves = Uint16Array.from(weights.subarray(offset, offset + size), toHalf);
      tensors.set(name, { dtype: 'float16', shape: spec.shape, bytes: new Uint8Array(halves.buffer) });
      parameters += size;
    }
    return { card, parameters, tensors };
  });
}
