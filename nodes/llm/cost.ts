import type { AdapterConfig } from '../cross-attention-adapter/adapter.ts';
import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import type { Precision } from '../onnx/graph.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import { type DecoderConfig, kvCacheBytes } from './config.ts';
import { stepGraph } from './model.ts';

/** Tokens of a run: of text, visual ones, those that gated layers see, and the answer's. */
export interface RunSize {
  readonly text: number;
  readonly visual: number;
  readonly seen: number;
  readonly answer: number;
}

/**
 * Cost of reading a prompt (prefill FLOPs), with the cache that it and its answer leave. Gated layers add their FLOPs here;
 * their parameters are counted by the adapter that brings them.
 */
export function llmCost(config: DecoderConfig, precision: Precision, size: RunSize, adapter?: AdapterConfig): Cost {
  const tokens = size.text + size.visual;
  const costWith = (layers?: AdapterConfig) =>
    nodeCost(['llm', config, precision, layers], llmModules(config, precision, size, layers));
  const cost = costWith(adapter);
  const own = adapter ? costWith().parameters : cost.parameters;
  const cache = kvCacheBytes(config, tokens + size.answer, precision === 'fp16' ? 2 : 4);
  return { ...cost, parameters: own, kvCacheBytes: cache, peakBytes: (cost.peakBytes ?? 0) + cache };
}

/** What a prompt's cost is walked from; gated layers stand in it with their FLOPs. */
export function llmModules(
  config: DecoderConfig,
  precision: Precision,
  { text, visual, seen }: RunSize,
  adapter?: AdapterConfig,
): ModuleGraph {
  return {
    build: () => stepGraph(config, { precision, fused: true }, adapter),
    bindings: { batch: 1, past: 0, tokens: text + visual, visual, adapterTokens: seen },
    brought: 'adapter',
  };
}
