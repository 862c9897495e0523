import type { z } from 'zod';
import { isEndpoint } from '../endpoint/reference.ts';
import { knownPorts } from '../endpoint/tensors/known.ts';
import { openRemote } from '../endpoint/tensors/session.ts';
import { fitting, pictureTensor } from '../fed.ts';
import { shapeText } from '../file-ports.ts';
import { NodeError, type NodeRun, type RunContext, type SessionPort } from '../run.ts';
import type { Tensor, Value } from '../values.ts';
import type { definition } from './definition.ts';

type Params = z.output<typeof definition.params>;

export const run: NodeRun<Params>['run'] = async (context, params, inputs) => {
  const session = isEndpoint(params.file)
    ? await openRemote(context, params.file)
    : await context.openFile(pathOf(context, params.file));
  const feeds: Record<string, Tensor> = {};
  for (const port of session.inputs) {
    const [value] = inputs[port.name] ?? [];
    if (!value) throw new NodeError(`the input "${port.name}" is not connected`, `It takes ${shapeText(port)}`);
    const tensor = value.type === 'image' ? await pictureTensor(context, port, value, params) : tensorOf(port, value);
    feeds[port.name] = fitting(port, tensor);
  }
  const results = await session.run(feeds, [...context.wanted]);
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, { type: 'tensor', name, tensor }]));
};

export const probe: NodeRun<Params>['probe'] = async (context, { file }) => {
  if (isEndpoint(file)) return { ...(await knownPorts(context, file)) };
  const { inputs, outputs } = await context.openFile(pathOf(context, file));
  return { inputs, outputs };
};

function pathOf({ files }: Pick<RunContext, 'files'>, file: string): string {
  if (file.trim() === '') throw new NodeError('no .onnx file is chosen', 'Choose one in the inspector');
  return files.resolve(file);
}

function tensorOf(port: SessionPort, value: Value): Tensor {
  if (value.type === 'tensor' || value.type === 'features' || value.type === 'embeddings') return value.tensor;
  throw new NodeError(`the input "${port.name}" takes a tensor or a picture, found ${value.type}`);
}
