import { type ImportedModel, NodeError, type RunContext, type Session, type SessionPort } from '../run.ts';
import type { DType, EmbeddingsValue, FloatTensor, Tensor } from '../values.ts';
import { cachePort, crossPort } from './decoder.ts';
import type { DecoderFacts, FileFacts } from './facts.ts';
import { floatsOf, halved } from './halves.ts';

/**
 * What a decoder attends to at every step, and its keys and values of that, made once for a question: the inputs of the
 * decoding loop beside the cache that grows. `ids`: of the question, read behind the pictures where the model has an
 * encoder for both. Rejects with a sentence where there is nothing to attend to.
 */
export async function crossStates(
  context: Pick<RunContext, 'openFile'>,
  model: ImportedModel,
  decoder: DecoderFacts,
  ids: readonly number[],
  visual: readonly EmbeddingsValue[],
): Promise<Readonly<Record<string, Tensor>>> {
  const open = (file: FileFacts) => context.openFile(model.path(file.path));
  const encoder = decoder.crossed?.encoder;
  const seen = rows(visual.map(({ tensor }) => tensor));
  if (!seen && !encoder)
    throw new NodeError('The model describes pictures, and none came in.', 'Wire its encoder to the LLM.');
  const states = encoder
    ? await encoded(await open(encoder), [seen, await embedded(decoder, open, ids)])
    : (seen as FloatTensor);
  const given = decoder.file.inputs.flatMap((port): [string, Tensor][] => {
    const dtype = port.dtype as DType;
    if (port.name === 'encoder_hidden_states') return [[port.name, halved(dtype, states)]];
    return port.name === 'encoder_attention_mask' ? [[port.name, ones({ dtype }, states)]] : [];
  });
  const constants = Object.fromEntries(given);
  if (!decoder.file.inputs.some(crossPort)) return constants;
  return { ...constants, ...(await keyValues(open, decoder, constants)) };
}

/** Vectors of all `[n, tokens, width]`, one behind the other, `[1, tokens, width]`. */
function rows(tensors: readonly FloatTensor[]): FloatTensor | undefined {
  const [first] = tensors;
  if (!first) return undefined;
  const data = new Float32Array(tensors.reduce((sum, { data: { length } }) => sum + length, 0));
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  const width = first.dims[2] ?? 1;
  return { dtype: 'float32', dims: [1, data.length / width, width], data };
}

type Open = (file: FileFacts) => Promise<Session>;

async function embedded({ embed }: DecoderFacts, open: Open, ids: readonly number[]): Promise<FloatTensor | undefined> {
  if (!embed || ids.length === 0) return undefined;
  const session = await open(embed);
  const [input, output] = [session.inputs[0], session.outputs[0]];
  if (!input || !output) throw new Error('a table of embeddings takes ids and gives vectors');
  const outputs = await session.run({ [input.name]: int64([1, ids.length], ids) });
  return floatsOf(outputs[output.name] as Tensor);
}

/** Pictures, then text, read by the encoder of both. */
async function encoded(session: Session, parts: readonly (FloatTensor | undefined)[]): Promise<FloatTensor> {
  const all = rows(parts.filter((part) => part !== undefined));
  if (!all) throw new NodeError('The prompt is empty.', 'Write a question, or wire a picture.');
  const feedOf = (port: SessionPort) => (port.name === 'inputs_embeds' ? halved(port.dtype, all) : ones(port, all));
  const outputs = await session.run(Object.fromEntries(session.inputs.map((port) => [port.name, feedOf(port)])));
  return floatsOf(outputs.last_hidden_state as Tensor);
}

/** By the branch of the decoder that reads what it attends to, which is run on the token that every answer starts with. */
async function keyValues(
  open: Open,
  decoder: DecoderFacts,
  constants: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const { kvHeads, headDim, crossed } = decoder;
  const start = crossed?.start.slice(0, 1) ?? [];
  const vectors = await embedded(decoder, open, start);
  const session = await open(decoder.file);
  const feedOf = ({ name, dtype }: SessionPort): Tensor => {
    const constant = constants[name];
    if (constant) return constant;
    if (cachePort({ name }) || crossPort({ name }))
      return halved(dtype, { dtype: 'float32', dims: [1, kvHeads, 0, headDim], data: new Float32Array(0) });
    if (name === 'inputs_embeds' && vectors) return halved(dtype, vectors);
    if (name === 'use_cache_branch') return { dtype: 'bool', dims: [1], data: Uint8Array.of(0) };
    if (name === 'attention_mask') return int64([1, 1], [1]);
    return int64([1, 1], name === 'input_ids' ? start : [0]);
  };
  const feeds = Object.fromEntries(session.inputs.map((port) => [port.name, feedOf(port)]));
  const wanted = session.outputs.filter((port) => crossPort(port)).map(({ name }) => name);
  const outputs = await session.run(feeds, wanted);
  return Object.fromEntries(wanted.map((name) => [crossPort({ name }), outputs[name] as Tensor]));
}

/** A mask that leaves nothing out, of as many places as there are vectors. */
function ones({ dtype }: { readonly dtype: DType }, { dims }: FloatTensor): Tensor {
  const [batch = 1, count = 0] = dims;
  if (dtype === 'float32') return { dtype, dims: [batch, count], data: new Float32Array(count).fill(1) };
  return int64([batch, count], Array<number>(count).fill(1));
}

function int64(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}
