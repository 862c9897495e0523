import { definition as critic } from './critic/definition.ts';
import { definition as crossAttentionAdapter } from './cross-attention-adapter/definition.ts';
import type { NodeDefinition } from './definition.ts';
import { definition as image } from './image/definition.ts';
import { definition as llm } from './llm/definition.ts';
import { definition as onnxModel } from './onnx-model/definition.ts';
import { definition as projector } from './projector/definition.ts';
import { definition as prompt } from './prompt/definition.ts';
import { definition as qFormer } from './q-former/definition.ts';
import { definition as repeat } from './repeat/definition.ts';
import { definition as router } from './router/definition.ts';
import { definition as searchLoop } from './search-loop/definition.ts';
import { definition as similarity } from './similarity/definition.ts';
import { definition as speculative } from './speculative/definition.ts';
import { structure } from './subgraph/definition.ts';
import { definition as switchNode } from './switch/definition.ts';
import { definition as tiler } from './tiler/definition.ts';
import { definition as verifier } from './verifier/definition.ts';
import { definition as view } from './view/definition.ts';
import { definition as visionEncoder } from './vision-encoder/definition.ts';

/** The one list of node kinds. A kind's folder has its name; the engine loads `nodes/<kind>/run.ts` by that path. */
export const definitions: readonly NodeDefinition[] = [
  critic,
  crossAttentionAdapter,
  image,
  llm,
  onnxModel,
  projector,
  prompt,
  qFormer,
  repeat,
  router,
  searchLoop,
  similarity,
  speculative,
  switchNode,
  tiler,
  verifier,
  view,
  visionEncoder,
];

const byKind = new Map([...definitions, ...structure].map((definition) => [definition.kind, definition]));

/** Also of the kinds that subgraphs are drawn with, which do not run. */
export function definitionOf(kind: string): NodeDefinition | undefined {
  return byKind.get(kind);
}
