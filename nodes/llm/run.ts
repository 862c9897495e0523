import type { AdapterValue } from '../cross-attention-adapter/adapter.ts';
import { isEndpoint } from '../endpoint/reference.ts';
import { branchThreads, openBranching } from '../generation/branching.ts';
import type { BoundDecoder } from '../generation/decode.ts';
import { logLikelihoods } from '../generation/likelihood.ts';
import { sampleGraph } from '../generation/sampling.ts';
import { type TextTokenizer, tokenizerOf } from '../generation/tokenizer.ts';
import { isImported } from '../imports/facts.ts';
import { precisionOf } from '../neural.ts';
import { modelSession, openModel } from '../neural-run.ts';
import { NO_WEIGHTS, type WeightSource } from '../onnx/weights.ts';
import { NodeError, type NodeRun, type RunContext, type Session } from '../run.ts';
import type { EmbeddingsValue, TextValue, Value } from '../values.ts';
import { answerMetrics, begin } from './answering.ts';
import { type DecoderConfig, decoderSizes, type HeldLlm, kvCacheBytes } from './config.ts';
import { llmCost } from './cost.ts';
import { heldLlm, type LlmParams, requireWidth, withLayers } from './definition.ts';
import { runEndpoint } from './endpoint.ts';
import { type DecoderModel, type Generated, type GeneratorValue, generate } from './generator.ts';
import { openImportedLlm, reportImported } from './imported.ts';
import { branchGraph, decodeGraph } from './model.ts';
import { type PreparedPrompt, preparePrompt } from './prompt.ts';

export { probeImport as probe } from '../neural-run.ts';

/** No preset is GPT-2 itself: its tokenizer stands in for those that do not ship (OPT's, SmolLM2's). */
const BORROWED = 'text is cut by the gpt2 tokenizer';

export const run: NodeRun<LlmParams>['run'] = async (context, params, inputs) => {
  const question = textOf(inputs.prompt?.[0]);
  if (isEndpoint(params.model)) return runEndpoint(context, params, question, inputs.image ?? []);
  const visual = (inputs.visual ?? []).filter((value): value is EmbeddingsValue => value.type === 'embeddings');
  const adapter = inputs.adapter?.find((value): value is AdapterValue => value.type === 'adapter');
  const llm = isImported(params.model)
    ? await openImported(context, params, visual, adapter)
    : await openOwn(context, params, visual, adapter);
  const { bound } = llm;
  const prepare = (text: TextValue) => llm.prepare(text, visual);
  const bind = (text: TextValue) => llm.bind?.(text, visual) ?? bound;
  const ask: GeneratorValue['generate'] = async (text, request) => generate(await bind(text), prepare(text), request);
  const generator: GeneratorValue = {
    type: 'generator',
    summary: `${llm.label}, ${tokensSeen(visual)}`,
    generate: ask,
    async branch(text, seed) {
      if (llm.bind)
        throw new NodeError(
          `${llm.label} attends to an encoder, and cannot go on in several ways from one answer.`,
          'Search with another LLM.',
        );
      const { tokens, room } = prepare(text);
      return openBranching(bound, tokens, room, seed);
    },
    likelihoods: async (text, answers, signal) =>
      logLikelihoods(await bind(text), prepare(text).tokens, answers, signal),
    ...(llm.model && { local: { ...llm.model, decoder: bound, prepare } }),
  };
  const outputs: Record<string, Value> = { generator };
  if (!context.wanted.has('answer')) return outputs;

  const generated = await ask(question, begin(context, params));
  llm.report(generated);
  return { answer: generated.answer, ...outputs };
};

/** The LLM that a node holds, with what it sees. */
interface OpenLlm {
  readonly label: string;
  readonly bound: BoundDecoder;
  /** Absent for one that others exported. */
  readonly model?: DecoderModel;
  prepare(question: TextValue, visual: readonly EmbeddingsValue[]): PreparedPrompt;
  /** Of a decoder that attends to the question and the pictures at every step: `bound` to them. */
  bind?(question: TextValue, visual: readonly EmbeddingsValue[]): Promise<BoundDecoder>;
  report(generated: Generated): void;
}

async function openOwn(
  context: RunContext,
  params: LlmParams,
  visual: readonly EmbeddingsValue[],
  adapter: AdapterValue | undefined,
): Promise<OpenLlm> {
  const held = await openModel(context, params.model, params.weightSeed);
  const llm = heldLlm(params.model, held.facts);
  const config = withLayers(llm.config, params.layers);
  const precision = precisionOf(params);
  for (const { tensor } of visual) requireWidth(params.model, config, tensor.dims[2] ?? 0, 'visual tokens');
  if (adapter) requireWidth(params.model, config, adapter.config.width, 'adapter');

  const tokenizer = await tokenizerOf(context, held.tokenizer ?? llm.tokenizer);
  const others = [...visual, adapter].find((made) => made?.llm !== undefined && made.llm !== params.model);
  const said = [
    held.caveat ?? adapter?.caveat,
    others && `what it sees was trained for ${others.llm}, not ${params.model}`,
    llm.tokenizer === 'gpt2' && BORROWED,
  ].filter(Boolean);
  const caveat = said.length > 0 ? said.join('; ') : undefined;
  const weights = adapter ? withAdapter(held.weights, adapter.weights) : held.weights;
  const model: DecoderModel = { config, precision, weights, ...(adapter && { adapter: adapter.config }) };
  const bound: BoundDecoder = {
    session: await decoderSession(context, model),
    sizes: decoderSizes(config, precision),
    tokenizer,
    ends: endsOf(tokenizer),
    constants: adapter ? keyValues(adapter, config) : {},
    sampler: () =>
      modelSession(context, ['sampler', config.vocabulary], NO_WEIGHTS, () => sampleGraph(config.vocabulary)),
    branches: () =>
      modelSession(
        context,
        ['llm in branches', config, precision, adapter?.config],
        weights,
        () => branchGraph(config, { precision, fused: true }, adapter?.config),
        { threads: branchThreads, generates: true },
      ),
    clock: context.clock,
    ...(caveat !== undefined && { caveat }),
  };
  return {
    label: llm.label,
    bound,
    model,
    prepare: (text, pictures) => preparePrompt(config, llm.chat, tokenizer, text, pictures),
    report: (generated) => report(context, llm, { ...params, precision }, generated, adapter),
  };
}

async function openImported(
  context: RunContext,
  params: LlmParams,
  visual: readonly EmbeddingsValue[],
  adapter: AdapterValue | undefined,
): Promise<OpenLlm> {
  if (adapter)
    throw new NodeError(
      `${params.model} was exported as it is: no layers of an adapter can be put into it.`,
      'Wire visual tokens, or choose another LLM.',
    );
  const llm = await openImportedLlm(context, params);
  const reads = llm.decoder.crossed ?? llm.decoder;
  for (const { tensor } of visual) requireWidth(params.model, reads, tensor.dims[2] ?? 0, 'visual tokens');
  const other = visual.find((made) => made.llm !== undefined && made.llm !== params.model);
  const said = [llm.bound.caveat, other && `what it sees was made for ${other.llm}, not ${params.model}`].filter(
    Boolean,
  );
  const bound = { ...llm.bound, ...(said.length > 0 && { caveat: said.join('; ') }) };
  const { constants } = llm;
  return {
    label: params.model,
    bound,
    prepare: llm.prepare,
    ...(constants && { bind: async (text, pictures) => ({ ...bound, constants: await constants(text, pictures) }) }),
    report: (generated) => reportImported(context, llm, generated, params.price),
  };
}

function textOf(value: Value | undefined): TextValue {
  if (value?.type === 'text') return value;
  if (value?.type === 'answer') return { type: 'text', text: value.text };
  throw new NodeError('no prompt came in', 'Wire a prompt to the LLM');
}

function tokensSeen(visual: readonly EmbeddingsValue[]): string {
  const count = visual.reduce((sum, { tensor }) => sum + (tensor.dims[0] ?? 0) * (tensor.dims[1] ?? 0), 0);
  return count === 0 ? 'text only' : `bound to ${count} visual tokens`;
}

function decoderSession(context: RunContext, { config, precision, adapter, weights }: DecoderModel): Promise<Session> {
  return modelSession(
    context,
    ['llm', config, precision, adapter],
    weights,
    () => decodeGraph(config, { precision, fused: true }, adapter),
    { generates: true },
  );
}

/** Gated layers bring their own weights; their names start with `adapter.`. */
function withAdapter(llm: WeightSource, adapter: WeightSource): WeightSource {
  return {
    digest: `${llm.digest}+${adapter.digest}`,
    fill: (spec, into) => (spec.name.startsWith('adapter.') ? adapter : llm).fill(spec, into),
  };
}

/** Special tokens by which models end an answer. */
const ENDS = ['<end>', '</s>', '<|eot_id|>', '<|end_of_text|>', '<|im_end|>', '<|endoftext|>'];

function endsOf(tokenizer: TextTokenizer): number[] {
  return ENDS.map((token) => tokenizer.idOf(token)).filter((id) => id !== undefined);
}

/** Keys and values of the gated layers that stand in the layers that run. */
function keyValues(
  { config: { depths }, keys, values }: AdapterValue,
  { layers }: DecoderConfig,
): BoundDecoder['constants'] {
  const inserted = depths.filter((depth) => depth < layers);
  return Object.fromEntries(
    inserted.flatMap((_, i) => {
      const [key, value] = [keys[i], values[i]];
      if (!key || !value) throw new Error(`the adapter has no keys for its layer ${i}`);
      return [
        [`adapter.${i}.key`, key],
        [`adapter.${i}.value`, value],
      ];
    }),
  );
}

/** What ran; where that was the first k layers, the whole beside it: prefill scaled by FLOPs, decoding by parameters. */
function report(
  context: RunContext,
  { config: whole }: HeldLlm,
  { layers, precision, price }: Pick<LlmParams, 'layers' | 'precision' | 'price'>,
  generated: Generated,
  adapter: AdapterValue | undefined,
): void {
  const config = withLayers(whole, layers);
  const { answer, firstTokenMs, restMs, cached } = generated;
  const { prompt, visual } = answer.tokens;
  const size = { text: prompt, visual, seen: adapter?.keys[0]?.dims[1] ?? 0, answer: 0 };
  const cost = llmCost(config, precision, size, adapter?.config);
  const kvCache = kvCacheBytes(config, cached, precision === 'fp16' ? 2 : 4);
  context.report({
    ...answerMetrics(generated, price),
    parameters: cost.parameters ?? 0,
    flops: cost.flops ?? 0,
    bytes: { peak: cost.peakBytes ?? 0, kvCache },
  });
  if (config.layers === whole.layers) return;
  const all = llmCost(whole, precision, size, adapter?.config);
  const ratio = (read: 'flops' | 'parameters') => (all[read] ?? 0) / (cost[read] ?? 1);
  context.report({
    extrapolated: {
      measuredLayers: config.layers,
      layers: whole.layers,
      warmMs: firstTokenMs * ratio('flops') + restMs * ratio('parameters'),
      parameters: all.parameters ?? 0,
    },
  });
}
