import type { ModelProto } from 'onnx-buf';
import type { FileFacts } from './facts.ts';
import type { Variant } from './variants.ts';

/** A folder with the files of an export, as it lies on disk. Paths are from it on, with `/`. */
export interface ExportFolder {
  /** As a person knows it. */
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Parsed; undefined where there is no such file. Throws a sentence where it is no JSON. */
  json(path: string): Json | undefined;
  /** Weights left out. Throws a sentence where it is no ONNX model. */
  model(path: string): ModelProto;
  readonly digest: string;
  /** Most bytes that the weights of one model may take, where there is a choice. */
  readonly room: number;
}

export type Json = Readonly<Record<string, unknown>>;

/** One model of an export: what its file takes and gives, and its operators. */
export interface ReadFile {
  readonly facts: FileFacts;
  readonly variant: Variant;
  readonly model: ModelProto;
}

// What a config says

export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

export const number = (value: unknown) => (typeof value === 'number' ? value : undefined);

export function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The first of these fields that is a number, in the part of config.json that speaks of text or in the whole. */
export function textNumber(config: Json, ...names: readonly string[]): number | undefined {
  const parts = [object(config.text_config), object(config.language_config), object(config.decoder), config];
  for (const part of parts) for (const name of names) if (typeof part?.[name] === 'number') return part[name];
  return undefined;
}
