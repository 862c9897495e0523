import { z } from 'zod';
import type { AdapterConfig } from '../cross-attention-adapter/adapter.ts';
import { type Cost, defineNode, type Facts, type SpecContext } from '../definition.ts';
import { endpointReference, isEndpoint } from '../endpoint/reference.ts';
import { type DecoderFacts, decoderFiles, importFacts, isImported, sumOf } from '../imports/facts.ts';
import { modelChoices, modelOf } from '../model-reference.ts';
import { layersParam, neuralParams, precisionOf, variantParam } from '../neural.ts';
import type { InputPort } from '../ports.ts';
import type { ValueSpec } from '../values.ts';
import type { DecoderConfig, HeldLlm } from './config.ts';
import { llmCost, llmModules } from './cost.ts';
import { LLM_PRESETS } from './presets.ts';

/** How an answer is decoded. */
export const decodingParams = {
  maxTokens: z
    .int()
    .min(1)
    .max(32768)
    .default(48)
    .meta({ title: 'Most tokens', description: 'Of the answer, its thought included' }),
  temperature: z
    .number()
    .min(0)
    .max(5)
    .default(0)
    .meta({ title: 'Temperature', step: 0.1, description: '0: always the likeliest token' }),
  topK: z.int().min(0).max(1000).default(0).meta({ title: 'Top k', description: 'Of the k likeliest; 0: of all' }),
  topP: z
    .number()
    .min(0.01)
    .max(1)
    .default(1)
    .meta({ title: 'Top p', step: 0.05, description: 'Of the fewest that hold this probability; 1: off' }),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({ title: 'Min p', step: 0.01, description: 'At least this share of the likeliest; 0: off', advanced: true }),
  repetitionPenalty: z
    .number()
    .min(0.5)
    .max(3)
    .default(1)
    .meta({ title: 'Repetition penalty', step: 0.05, description: '1: off', advanced: true }),
  seed: z.int().min(0).max(0xffffffff).default(0).meta({ title: 'Seed', description: 'Of sampling' }),
  stop: z.string().default('').meta({
    title: 'Stop',
    description: 'Texts that end the answer, one a line',
    control: 'text',
    advanced: true,
  }),
};

const params = z.object({
  model: z
    .string()
    .default('paper:smollm2-135m')
    .meta({ title: 'Model', control: 'model', choices: modelChoices('llm', LLM_PRESETS) }),
  ...decodingParams,
  thinkingBudget: z.int().min(0).max(32768).default(0).meta({
    title: 'Thinking budget',
    description: 'Most tokens of a thought, whose end is then put in; 0: no limit',
    advanced: true,
  }),
  thinking: z.enum(['shown', 'hidden']).default('shown').meta({
    title: 'Thinking',
    description: 'In the text of the answer; counted and priced either way',
    advanced: true,
  }),
  price: z.number().min(0).max(100_000).default(0).meta({
    title: 'Price',
    description: 'Of a million tokens made, those of the thought too; 0: none is reckoned',
    step: 0.1,
    advanced: true,
  }),
  variant: variantParam,
  precision: neuralParams.precision,
  layers: layersParam,
  weightSeed: neuralParams.seed.meta({ title: 'Weight seed', description: 'Of the random weights', advanced: true }),
});

export type LlmParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'llm',
  version: 2,
  title: 'LLM',
  category: 'Language',
  varies: 'seed',
  doc: "A decoder that answers a prompt token by token. Visual tokens are put in the places of <image> marks, or before the text; an adapter lets gated layers inside look at a picture instead. Decoding runs in chunks inside ONNX Runtime, sampling included, so that the cache is not copied for each token. A thought (<think> … </think>) is counted apart from the answer, can be held to a budget or hidden, and is stopped where it repeats itself. An endpoint: model is a server that speaks OpenAI's chat completions (vLLM, SGLang, llama.cpp, Ollama): the same graph runs there.",
  sources: [
    { title: 'LLaVA, section 4.1 (visual tokens)', url: 'https://arxiv.org/abs/2304.08485' },
    { title: 'Qwen2-VL, section 2.1 (M-RoPE)', url: 'https://arxiv.org/abs/2409.12191' },
    { title: 'Thinking held to a budget (s1, section 3.1)', url: 'https://arxiv.org/abs/2501.19393' },
    { title: 'Grouped-query attention', url: 'https://arxiv.org/abs/2305.13245' },
  ],
  params,
  ports: ({ model }) => ({
    inputs: {
      prompt: { type: 'text', doc: 'The question; <image> marks say where visual inputs stand' },
      visual: {
        type: 'embeddings',
        multiple: true,
        optional: true,
        doc: 'Visual tokens, in order',
        ...yielding(model),
      },
      adapter: { type: 'adapter', optional: true, doc: 'Gated cross-attention layers to insert', ...yielding(model) },
      image: {
        type: 'image',
        multiple: true,
        optional: true,
        doc: 'Pictures that an endpoint is sent, in order: it looks at them itself',
      },
    },
    outputs: {
      answer: { type: 'answer', doc: 'Text, tokens and log-probabilities' },
      generator: { type: 'generator', doc: 'The LLM with its visual context, to be asked many times' },
    },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    const made = { answer: { type: 'answer' }, generator: { type: 'generator' } } as const;
    if (isEndpoint(values.model)) {
      requireEndpointInputs(values, inputs);
      return made;
    }
    const config = isImported(values.model)
      ? importedDecoder(values.model, facts)
      : heldLlm(values.model, facts).config;
    if (!config) return made;
    for (const visual of inputs.visual ?? [])
      if (visual.type === 'embeddings')
        requireWidth(
          values.model,
          'crossed' in config && config.crossed ? config.crossed : config,
          visual.width,
          'visual tokens',
        );
    for (const adapter of inputs.adapter ?? [])
      if (adapter.type === 'adapter') requireWidth(values.model, config, adapter.width, 'adapter');
    if (inputs.image?.length && !inputs.visual?.length && !inputs.adapter?.length)
      throw new Error(
        `${values.model} reads visual tokens, not pictures: wire an encoder and a projector, or choose an endpoint`,
      );
    return made;
  },
  cost(context) {
    const { params: values, inputs } = context;
    if (isEndpoint(values.model)) return { tokens: { prompt: textTokens(inputs), answer: values.maxTokens } };
    if (isImported(values.model)) return importedCost(context);
    const { config, precision, run, gated } = runOf(context);
    const whole = llmCost(config, precision, run, gated);
    const part = values.layers === 0 ? whole : llmCost(withLayers(config, values.layers), precision, run, gated);
    return {
      ...whole,
      peakBytes: part.peakBytes,
      tokens: { prompt: run.text, visual: run.visual, answer: values.maxTokens },
    };
  },
  importedFiles: ({ decoder }) =>
    decoder ? [...decoderFiles(decoder), ...(decoder.crossed?.encoder ? [decoder.crossed.encoder] : [])] : [],
  modules(context) {
    if (isEndpoint(context.params.model) || isImported(context.params.model)) return undefined;
    const { config, precision, run, gated } = runOf(context);
    return llmModules(config, precision, run, gated);
  },
});

/** The same graph runs here and at a server: there the picture is read, and not what an encoder here makes of it. */
function yielding(model: string): Pick<InputPort, 'yields'> {
  return isEndpoint(model) ? { yields: { to: 'image', why: `${model} looks at pictures itself` } } : {};
}

/** Throws a sentence where a server cannot be given what is wired in or asked for. */
function requireEndpointInputs({ model, thinkingBudget }: LlmParams, inputs: SpecContext<LlmParams>['inputs']): void {
  endpointReference(model);
  if ((inputs.visual?.length || inputs.adapter?.length) && !inputs.image?.length)
    throw new Error(`${model} looks at pictures itself and takes no visual tokens: wire the picture to "image"`);
  if (thinkingBudget > 0)
    throw new Error(`a thought of ${model} cannot be held to a budget: set it to 0, and limit the whole answer`);
}

/** The model, the size of its run, and the layers that an adapter inserts. */
function runOf({ params: values, inputs, facts }: SpecContext<LlmParams>) {
  const { config } = heldLlm(values.model, facts);
  const [adapter] = inputs.adapter ?? [];
  const gated = adapter?.type === 'adapter' ? (adapter.config as AdapterConfig) : undefined;
  const seen = adapter?.type === 'adapter' ? adapter.tokens : 0;
  const run = { ...promptSize(config.positions.kind === 'multimodal', inputs), seen, answer: values.maxTokens };
  return { config, precision: precisionOf(values), run, gated };
}

/** The decoder of a folder that was read; nothing before. Throws an `Error` where it holds none. */
function importedDecoder(model: string, facts: Facts | undefined): DecoderFacts | undefined {
  const read = importFacts(facts);
  if (read && !read.decoder) throw new Error(`${model} has no decoder that writes text`);
  return read?.decoder;
}

/** As the files tell; operations are not counted. */
function importedCost({ params: values, inputs, facts }: SpecContext<LlmParams>): Cost {
  const decoder = importedDecoder(values.model, facts);
  if (!decoder) return {};
  const { text, visual } = promptSize(decoder.axes === 3, inputs);
  const { layers, kvHeads, headDim, cacheType } = decoder;
  const { parameters, bytes } = sumOf(decoderFiles(decoder));
  const tokens = text + visual + values.maxTokens;
  const kvCacheBytes = 2 * layers * kvHeads * headDim * tokens * (cacheType === 'float16' ? 2 : 4);
  return {
    parameters,
    peakBytes: bytes + kvCacheBytes,
    kvCacheBytes,
    tokens: { prompt: text, visual, answer: values.maxTokens },
  };
}

/** The LLM that a reference names. Throws an `Error` where there is none. */
export function heldLlm(model: string, facts?: Facts): HeldLlm {
  return modelOf<HeldLlm>(
    model,
    LLM_PRESETS,
    (card) => (card.kind === 'llm' ? { label: card.title, chat: 'tiny', config: card.architecture } : undefined),
    facts,
  );
}

/** The first k layers of a model; all, for 0. */
export function withLayers(config: DecoderConfig, layers: number): DecoderConfig {
  return layers === 0 ? config : { ...config, layers: Math.min(layers, config.layers) };
}

/** Throws a sentence where what is wired in has another width than the model. */
export function requireWidth(
  model: string,
  { width }: Pick<DecoderConfig, 'width'>,
  found: number,
  what: string,
): void {
  if (found !== width)
    throw new Error(
      `the ${what} have width ${found}, but ${model} has ${width}: set the width of what makes them to ${width}`,
    );
}

/** About four letters make a token of English: the text's own tokenizer counts when the node runs. */
const LETTERS_A_TOKEN = 4;

function textTokens(inputs: SpecContext<LlmParams>['inputs']): number {
  const [prompt] = inputs.prompt ?? [];
  const letters = prompt?.type === 'text' ? `${prompt.system ?? ''}${prompt.text ?? ''}`.length : 0;
  return Math.max(1, Math.ceil(letters / LETTERS_A_TOKEN));
}

function promptSize(marked: boolean, inputs: SpecContext<LlmParams>['inputs']) {
  const marks = marked ? 2 : 0;
  const visual = (inputs.visual ?? []).reduce(
    (sum, spec) => sum + (spec.type === 'embeddings' ? spec.count * spec.tokens + marks : 0),
    0,
  );
  return { text: textTokens(inputs), visual };
}
