import { posix } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { splice } from '../onnx/imported/splice.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { modelProto } from '../onnx/serialize.ts';
import { NO_WEIGHTS } from '../onnx/weights.ts';
import type { ImportedModel, RunContext, Session } from '../run.ts';
import { importedLoop } from './decoder.ts';
import type { DecoderFacts } from './facts.ts';

/** A session of the decoding loop around an export's decoder; its weights stay in its own files. */
export function loopSession(
  context: Pick<RunContext, 'session'>,
  model: ImportedModel,
  decoder: DecoderFacts,
): Promise<Session> {
  const key = JSON.stringify(['imported-loop', model.folder, model.facts.digest, decoder.file.path]);
  return context.session({ key, build: () => loopModel(model, decoder), weights: NO_WEIGHTS });
}

export function loopModel(model: ImportedModel, decoder: DecoderFacts): OnnxModel {
  const { file, embed } = decoder;
  const read = (path: string) => fromBinary(ModelProtoSchema, model.lean(path));
  const graph = importedLoop(decoder);
  const parts = { decoder: read(file.path), ...(embed && { embed: read(embed.path) }) };
  const bytes = toBinary(ModelProtoSchema, splice(modelProto(graph), parts));
  const folder = model.path(posix.dirname(file.path));
  return { graph, bytes, files: [], beside: { folder, bytes: file.bytes + (embed?.bytes ?? 0) } };
}
