import { repeats } from '../generation/no-repeat.ts';
import { sampleGraph } from '../generation/sampling.ts';
import { modelSession } from '../neural-run.ts';
import { NO_WEIGHTS } from '../onnx/weights.ts';
import type { ImportedModel, RunContext, Session, SessionPort } from '../run.ts';
import type { FloatTensor, Tensor, TensorData } from '../values.ts';
import { cachePort, crossPort, scoredOutput } from './decoder.ts';
import type { DecoderFacts, FileFacts } from './facts.ts';
import { floatsOf, halved } from './halves.ts';
import { inOrder, maskOf, type Rows } from './stepped-rows.ts';

/**
 * What `importedLoop` computes, for parts that cannot stand in one graph: each part is a session of its own, and every token a
 * call of each, so that the cache comes out of ONNX Runtime and goes in again. Its inputs and outputs are the loop's
 * (`decodeLoop`, nodes/generation/loop.ts).
 */
export async function steppedSession(context: RunContext, model: ImportedModel, facts: DecoderFacts): Promise<Session> {
  const open = (file: FileFacts) => context.openFile(model.path(file.path), { generates: true });
  const { vocabulary } = facts;
  return new SteppedDecoder(facts, {
    decoder: await open(facts.file),
    embed: facts.embed && (await open(facts.embed)),
    head: facts.head && (await open(facts.head)),
    sampler: await modelSession(context, ['sampler', vocabulary], NO_WEIGHTS, () => sampleGraph(vocabulary)),
  });
}

interface Parts {
  readonly decoder: Session;
  readonly embed: Session | undefined;
  readonly head: Session | undefined;
  readonly sampler: Session;
}

type Feeds = Readonly<Record<string, Tensor>>;
type Caches = Readonly<Record<string, Tensor>>;

/** What is handed from one token to the next. */
interface Step extends Rows {
  readonly ids: Tensor;
  readonly positions: Tensor;
  readonly past: Caches;
  readonly seen: Uint8Array;
  readonly ended: Uint8Array;
  /** All tokens of each sequence, for a decoder with `noRepeat`. */
  readonly history: readonly (readonly number[])[];
}

class SteppedDecoder implements Session {
  readonly inputs: readonly SessionPort[] = [];
  readonly outputs: readonly SessionPort[] = [];

  constructor(
    private readonly facts: DecoderFacts,
    private readonly parts: Parts,
  ) {}

  get provider(): Session['provider'] {
    return this.parts.decoder.provider;
  }

  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const steps = Number(dataOf(feeds, 'steps')[0]);
    const batch = dataOf(feeds, 'ended').length;
    const uniforms = dataOf(feeds, 'uniforms') as Float32Array;
    const [tokens, logProbs]: [bigint[], number[]] = [[], []];
    let step = this.begun(feeds);
    let logits: FloatTensor | undefined;
    for (let at = 0; at < steps && step.ended.includes(0); at++) {
      const uniform = uniforms.subarray(at * batch, (at + 1) * batch);
      const made = await this.stepped(step, feeds, uniform, at === 0).catch((error: Error) => {
        // Between calls a cancel is heard: what was made until then is an answer.
        if (error.name === 'AbortError' && logits) return undefined;
        throw error;
      });
      if (!made) break;
      ({ logits, next: step } = made);
      tokens.push(...made.tokens);
      logProbs.push(...made.logProbs);
    }
    if (!logits) throw new Error('every sequence had ended before');
    const dims = [tokens.length / batch, batch];
    const present = this.facts.cache === 'growing' ? inOrder(step) : step.past;
    return {
      tokens: { dtype: 'int64', dims, data: BigInt64Array.from(tokens) },
      log_probs: { dtype: 'float32', dims, data: Float32Array.from(logProbs) },
      still_ended: { dtype: 'bool', dims: [batch], data: step.ended },
      now_kept: { dtype: 'int64', dims: [batch], data: step.kept },
      logits,
      ...Object.fromEntries(Object.entries(present).map(([name, cache]) => [name.replace('past', 'present'), cache])),
    };
  }

  private begun(feeds: Feeds): Step {
    const past = Object.fromEntries(Object.entries(feeds).filter(([name]) => name.startsWith('past.')));
    const kept = dataOf(feeds, 'kept') as BigInt64Array;
    return {
      ids: feeds.ids as Tensor,
      positions: feeds.positions as Tensor,
      past,
      kept,
      keptAtFirst: kept,
      pastAtFirst: Object.values(past)[0]?.dims[2] ?? 0,
      seen: dataOf(feeds, 'seen') as Uint8Array,
      ended: dataOf(feeds, 'ended') as Uint8Array,
      history: rowsOf(feeds.history),
    };
  }

  /** `first`: the step that reads the prompt. */
  private async stepped(step: Step, feeds: Feeds, uniform: Float32Array, first: boolean) {
    const prompt = first ? feeds : undefined;
    const { logits, present } = await this.decoded(await this.embedded(step.ids, prompt), step, feeds);
    const drawn = await this.drawn(logits, step, uniform, feeds);
    const ends = dataOf(feeds, 'ends') as BigInt64Array;
    return { ...drawn, logits, next: advanced(step, drawn.tokens, present, ends, prompt) };
  }

  /** Ids as they are, or their embeddings, with the visual rows of a prompt in their places. */
  private async embedded(ids: Tensor, prompt: Feeds | undefined): Promise<Tensor> {
    const { embed } = this.parts;
    if (!embed) return ids;
    const outputs = await embed.run(
      Object.fromEntries(embed.inputs.map((port) => [port.name, this.toEmbed(port, ids)])),
    );
    const made = outputs[embed.outputs[0]?.name ?? ''];
    if (!made) throw new Error('a table of embeddings gives vectors');
    const slots = prompt ? dataOf(prompt, 'slots') : [];
    if (!prompt || slots.length === 0) return made;
    const { width } = this.facts;
    const floats = floatsOf(made);
    const data = floats.data.slice();
    const visual = dataOf(prompt, 'visual') as Float32Array;
    const tokens = ids.dims[1] ?? 0;
    for (let row = 0; row < slots.length / 2; row++) {
      const place = Number(slots[2 * row]) * tokens + Number(slots[2 * row + 1]);
      data.set(visual.subarray(row * width, (row + 1) * width), place * width);
    }
    return halved(made.dtype, { ...floats, data });
  }

  /** Where pictures are laid among the tokens too, none are. */
  private toEmbed({ name, dtype, dims }: SessionPort, ids: Tensor): Tensor {
    const { inputs } = this.facts.embed ?? this.facts.file;
    if (name === 'images_seq_mask') return { dtype, dims: ids.dims, data: new Uint8Array(ids.data.length) };
    if (name === 'images_emb_mask') return { dtype, dims: [1, 1, 0], data: new Uint8Array(0) };
    if (name !== 'pixel_values') return ids;
    const size = (inputs.find((port) => port.name === name)?.dims ?? dims).slice(2).map(Number);
    return halved(dtype, { dtype: 'float32', dims: [0, 0, ...size], data: new Float32Array(0) });
  }

  private async decoded(x: Tensor, step: Step, feeds: Feeds): Promise<{ logits: FloatTensor; present: Caches }> {
    const { decoder, head } = this.parts;
    const scored = Number(dataOf(feeds, 'scored')[0]);
    const given = Object.fromEntries(decoder.inputs.map((port) => [port.name, this.toDecoder(port, x, step, feeds)]));
    const outputs = await decoder.run(given);
    const last = floatsOf(lastOf(outputs[scoredOutput(this.facts)] as Tensor, scored));
    const present = Object.entries(outputs).flatMap(([name, tensor]) => {
      const cache = cachePort({ name });
      return cache ? [[`past.${cache.layer}.${cache.part}`, tensor] as const] : [];
    });
    return { logits: head ? await headed(head, last) : last, present: Object.fromEntries(present) };
  }

  private toDecoder(port: SessionPort, x: Tensor, step: Step, feeds: Feeds): Tensor {
    const { cache, axes, file } = this.facts;
    const tokens = step.ids.dims[1] ?? 0;
    const half = cachePort(port);
    const before = step.past['past.0.key']?.dims[2] ?? 0;
    const crossed = file.inputs.some(crossPort);
    const given: Record<string, () => Tensor> = {
      input_ids: () => x,
      inputs_embeds: () => (x.dtype === port.dtype ? x : halved(port.dtype, floatsOf(x))),
      attention_mask: () => maskOf(cache, step, before, tokens),
      position_ids: () => (axes === 1 ? { ...step.positions, dims: step.positions.dims.slice(1) } : step.positions),
      num_logits_to_keep: () => ({ dtype: 'int64', dims: [], data: dataOf(feeds, 'scored').slice() as BigInt64Array }),
      use_cache_branch: () => ({ dtype: 'bool', dims: [1], data: Uint8Array.of(Number(crossed || before > 0)) }),
    };
    const value = half
      ? step.past[`past.${half.layer}.${half.part}`]
      : (given[port.name]?.() ?? feeds[crossPort(port) ?? port.name]);
    if (!value) throw new Error(`the decoder takes "${port.name}"`);
    return value;
  }

  private async drawn(
    { dims, data }: FloatTensor,
    { seen, ended, history }: Step,
    uniform: Float32Array,
    feeds: Feeds,
  ): Promise<{ tokens: bigint[]; logProbs: number[] }> {
    const [batch, vocabulary] = [ended.length, this.facts.vocabulary];
    const logits = lastOf({ dtype: 'float32', dims, data: data.slice() }, 1);
    const { noRepeat } = this.facts;
    if (noRepeat !== undefined)
      history.forEach((ids, row) => {
        for (const id of repeats(ids, noRepeat)) logits.data[row * vocabulary + id] = Number.NEGATIVE_INFINITY;
      });
    const given = Object.fromEntries(
      this.parts.sampler.inputs.flatMap(({ name }) => (feeds[name] ? [[name, feeds[name]]] : [])),
    );
    const { token, log_prob: logProb } = await this.parts.sampler.run({
      ...given,
      logits: { ...logits, dims: [batch, vocabulary] },
      seen: { dtype: 'bool', dims: [batch, vocabulary], data: seen },
      uniform: { dtype: 'float32', dims: [batch], data: uniform },
    });
    return {
      tokens: Array.from(token?.data as BigInt64Array),
      logProbs: Array.from(logProb?.data as Float32Array),
    };
  }
}

/** A sequence that has ended stands still: what it adds to its cache lies in the padding. `prompt`: of the first step. */
function advanced(
  step: Step,
  tokens: readonly bigint[],
  past: Caches,
  ends: BigInt64Array,
  prompt: Feeds | undefined,
): Step {
  const batch = step.ended.length;
  const [read, axes] = [BigInt(step.ids.dims[1] ?? 0), step.positions.dims[0] ?? 1];
  const vocabulary = step.seen.length / batch;
  const seen = step.seen.slice();
  tokens.forEach((id, row) => {
    seen[row * vocabulary + Number(id)] = 1;
  });
  const ended = step.ended.map((was, row) => Number(was || ends.includes(tokens[row] ?? -1n)));
  const places = tokens.map((_, row) => {
    if (ended[row]) return 0n;
    return prompt ? (dataOf(prompt, 'next')[row] as bigint) : (step.positions.data[row] as bigint) + 1n;
  });
  return {
    ...step,
    ids: { dtype: 'int64', dims: [batch, 1], data: BigInt64Array.from(tokens) },
    positions: {
      dtype: 'int64',
      dims: [axes, batch, 1],
      data: BigInt64Array.from(Array.from({ length: axes }, () => places).flat()),
    },
    past,
    kept: step.kept.map((places, row) => (step.ended[row] ? places : places + read)),
    seen,
    ended,
    history: step.history.map((ids, row) => [...ids, Number(tokens[row])]),
  };
}

/** Each row of whole numbers. */
function rowsOf(tensor: Tensor | undefined): number[][] {
  const [batch = 0, count = 0] = tensor?.dims ?? [];
  const all = Array.from(tensor?.data ?? [], Number);
  return Array.from({ length: batch }, (_, row) => all.slice(row * count, (row + 1) * count));
}

async function headed(head: Session, hidden: FloatTensor): Promise<FloatTensor> {
  const [input] = head.inputs;
  if (!input) throw new Error('a head takes vectors');
  const outputs = await head.run({ [input.name]: halved(input.dtype, hidden) });
  return floatsOf(outputs.logits as Tensor);
}

/** Of `[batch, tokens, size]` the last `count` tokens. */
function lastOf(tensor: Tensor, count: number): Tensor {
  const [batch = 1, tokens = 0, size = 0] = tensor.dims;
  if (tokens === count) return tensor;
  const data = new (tensor.data.constructor as new (length: number) => TensorData)(batch * count * size);
  for (let row = 0; row < batch; row++) {
    const own = tensor.data.subarray(((row + 1) * tokens - count) * size, (row + 1) * tokens * size);
    data.set(own as never, row * count * size);
  }
  return { ...tensor, dims: [batch, count, size], data };
}

function dataOf(feeds: Feeds, name: string): TensorData {
  const tensor = feeds[name];
  if (!tensor) throw new Error(`"${name}" is not fed`);
  return tensor.data;
}
