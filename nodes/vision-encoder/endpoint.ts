import type { z } from 'zod';
import { EndpointError } from '../endpoint/connection.ts';
import { openRemote } from '../endpoint/tensors/session.ts';
import { fitting, pictureTensor } from '../fed.ts';
import { shapeText } from '../file-ports.ts';
import { fromHalf } from '../onnx/half.ts';
import type { RunContext, Session, SessionPort } from '../run.ts';
import type { FloatTensor, ImageValue, Tensor, Value } from '../values.ts';
import type { definition } from './definition.ts';
import { featuresPort, pooledPort, squareGrid } from './served.ts';

/** A vision encoder at a server (KServe v2): pictures go out as its input states, features come back. */
export async function runServed(
  context: RunContext,
  params: z.output<typeof definition.params>,
  picture: ImageValue,
): Promise<Record<string, Value>> {
  const { model, pooling, normalise } = params;
  const session = await openRemote(context, model);
  const input = pictureInput(model, session);
  const found = {
    features: required(model, session, featuresPort(session.outputs), '[n, tokens, width]'),
    ...(pooling && {
      pooled: required(model, session, pooledPort(session.outputs), '[n, width], the pooled embedding'),
    }),
  };
  const pixels = await pictureTensor(context, input, picture, { normalise, size: 0, layout: 'auto' });
  const feeds = { [input.name]: fitting(input, pixels) };
  const outputs = await session.run(
    feeds,
    Object.values(found).map(({ name }) => name),
  );
  const tensor = single(outputs[found.features.name]);
  const [, tokens = 0] = tensor.dims;
  const grid = squareGrid(tokens);
  if (!grid || tensor.dims.length !== 3)
    throw new EndpointError(
      `${model} gave features [${tensor.dims.join(', ')}]: their tokens make no square of patches, with or without a class token.`,
      'Use an ONNX model node for it: that passes tensors on as they are.',
    );
  context.report({ caveat: `run by ${session.provider.ran}` });
  return {
    features: {
      type: 'features',
      tensor,
      ...grid,
      ...(picture.tiling && { tiling: picture.tiling }),
      ...(found.pooled && { pooled: single(outputs[found.pooled.name]) }),
      model,
      seed: 0,
    },
  };
}

function pictureInput(model: string, { inputs }: Session): SessionPort {
  const [input, another] = inputs;
  if (input && !another && input.dims.length === 4) return input;
  throw new EndpointError(
    `${model} takes ${inputs.map((port) => `${port.name} ${shapeText(port)}`).join(' and ')}, not a picture alone.`,
    'Use an ONNX model node for it: that has a port for each input.',
  );
}

function required(model: string, { outputs }: Session, port: SessionPort | undefined, what: string): SessionPort {
  if (port) return port;
  throw new EndpointError(
    `${model} gives ${outputs.map((each) => `${each.name} ${shapeText(each)}`).join(' and ')}, and nothing that is ${what}.`,
    'Choose another model of the server, or an ONNX model node.',
  );
}

/** In single precision, as features travel on wires. */
function single(tensor: Tensor | undefined): FloatTensor {
  const { dims, dtype, data } = tensor ?? { dims: [0], dtype: 'float32', data: new Float32Array(0) };
  if (data instanceof Float32Array) return { dtype: 'float32', dims, data };
  return {
    dtype: 'float32',
    dims,
    data: Float32Array.from(data as ArrayLike<number>, dtype === 'float16' ? fromHalf : Number),
  };
}
