import { dirname, posix, relative, sep } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { bodiesOf } from '../onnx/imported/lowered.ts';
import { singleScales } from '../onnx/imported/single-scales.ts';
import { splice } from '../onnx/imported/splice.ts';
import { withoutInputs } from '../onnx/imported/without-inputs.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { modelProto } from '../onnx/serialize.ts';
import { NO_WEIGHTS } from '../onnx/weights.ts';
import { type ImportedModel, NodeError, type RunContext, type Session } from '../run.ts';
import { importedLoop, laysPictures } from './decoder.ts';
import type { DecoderFacts, FileFacts } from './facts.ts';
import { steppedSession } from './stepped.ts';

/** Why decoders cannot be the body of a loop, by what they are known by: that is found out once. */
const apart = new Map<string, string>();

/**
 * A session of the decoding loop around an export's decoder; its weights stay in its own files. Where its parts cannot stand in
 * one graph it makes a call of each a token, slower, and `caveat` says why.
 */
export async function decodingSession(
  context: RunContext,
  model: ImportedModel,
  decoder: DecoderFacts,
): Promise<{ readonly session: Session; readonly caveat?: string }> {
  const key = JSON.stringify(['imported-loop', model.folder, model.facts.digest, decoder.file.path]);
  const said = (why: string) => ({ caveat: `one call a token, which is slower: ${why}` });
  const known = apart.get(key);
  if (known !== undefined) return { session: await steppedSession(context, model, decoder), ...said(known) };
  try {
    return {
      session: await context.session({
        key,
        build: (provider) => loopModel(model, decoder, provider),
        weights: NO_WEIGHTS,
        generates: true,
      }),
    };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    const session = await steppedSession(context, model, decoder).catch(() => {
      context.signal.throwIfAborted();
      if (error instanceof NodeError) throw error;
      throw new NodeError(
        `The decoder of ${model.name} cannot write here: ${why}, and ONNX Runtime does not take its files one by one.`,
        'Download it again, or choose an export of opset 11 or later.',
      );
    });
    apart.set(key, why);
    return { session, ...said(why) };
  }
}

/** `provider`: that it is to run on. */
export function loopModel(model: ImportedModel, decoder: DecoderFacts, provider: string): OnnxModel {
  const { file, embed, head } = decoder;
  const graph = importedLoop(decoder);
  const parts = {
    decoder: read(model, file),
    ...(embed && { embed: textOnly(read(model, embed), embed) }),
    ...(head && { head: read(model, head) }),
  };
  const proto = splice(modelProto(graph), parts);
  if (provider === 'cpu' && proto.graph) singleScales(proto.graph);
  const folder = gathered(proto);
  return {
    graph,
    bytes: toBinary(ModelProtoSchema, proto),
    files: [],
    beside: { folder, bytes: weightBytes(proto), name: `${file.path} of ${model.name}` },
  };
}

/** A table of embeddings that lays pictures among tokens too, without what reads pictures: visual rows come from elsewhere. */
function textOnly(proto: ModelProto, file: FileFacts): ModelProto {
  if (proto.graph && laysPictures(file))
    withoutInputs(proto.graph, new Set(file.inputs.flatMap(({ name }) => (name === 'input_ids' ? [] : name))));
  return proto;
}

/** A model that says where its weights really lie: in the Hub's cache, names are links to blobs elsewhere. */
function read(model: ImportedModel, { path }: FileFacts): ModelProto {
  const proto = fromBinary(ModelProtoSchema, model.lean(path));
  for (const location of locationsOf(proto))
    location.value = model.real(posix.join(posix.dirname(path), location.value));
  return proto;
}

/** ONNX Runtime reads weights from below one folder only: that in which all of them lie, from which on they are named then. */
function gathered(proto: ModelProto): string {
  const locations = locationsOf(proto);
  const folders = [...new Set(locations.map(({ value }) => dirname(value)))];
  const [first = '.', ...others] = folders;
  let common = first;
  while (others.some((each) => each !== common && !each.startsWith(common + sep)) && common !== dirname(common))
    common = dirname(common);
  for (const location of locations) location.value = relative(common, location.value).replaceAll(sep, '/');
  return common;
}

/** Where weights are said to lie, of the model and of bodies in it. */
function locationsOf(proto: Pick<ModelProto, 'graph'>): { value: string }[] {
  return saidOfWeights(proto, 'location');
}

function weightBytes(proto: ModelProto): number {
  return saidOfWeights(proto, 'length').reduce((sum, { value }) => sum + Number(value), 0);
}

function saidOfWeights({ graph }: Pick<ModelProto, 'graph'>, field: 'location' | 'length'): { value: string }[] {
  if (!graph) return [];
  const own = graph.initializer.flatMap(({ externalData }) => externalData.filter(({ key }) => key === field));
  return [
    ...own,
    ...graph.node.flatMap((node) => bodiesOf(node).flatMap((body) => saidOfWeights({ graph: body }, field))),
  ];
}
