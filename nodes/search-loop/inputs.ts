import type { GeneratorValue } from '../llm/generator.ts';
import { NodeError } from '../run.ts';
import type { TextValue, Value } from '../values.ts';

export function textOf(value: Value | undefined): TextValue {
  if (value?.type === 'text') return value;
  if (value?.type === 'answer') return { type: 'text', text: value.text };
  throw new NodeError('no prompt came in', 'Wire a prompt to this node');
}

export function generatorOf(value: Value | undefined): GeneratorValue {
  if (value?.type === 'generator') return value as GeneratorValue;
  throw new NodeError('no generator came in', "Wire an LLM's generator to this node");
}
