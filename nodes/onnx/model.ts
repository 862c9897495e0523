import type { Graph } from './graph.ts';
import type { ParamSpec } from './weights.ts';

/** One file of external weights: what stands in it, and where. */
export interface WeightFile {
  /** The `location` that the model names; ONNX Runtime is given the bytes under it. */
  readonly path: string;
  readonly bytes: number;
  readonly entries: readonly { readonly spec: ParamSpec; readonly offset: number }[];
}

/** A model ready for ONNX Runtime: the serialised graph, and the weights it expects as external data. */
export interface OnnxModel {
  readonly graph: Graph;
  /** ModelProto, weights left out. */
  readonly bytes: Uint8Array;
  readonly files: readonly WeightFile[];
  /** Where weights lie that the model names and `files` do not hold: those of an export. */
  readonly beside?: {
    readonly folder: string;
    readonly bytes: number;
    /** What a person knows the export by. */
    readonly name: string;
  };
}
