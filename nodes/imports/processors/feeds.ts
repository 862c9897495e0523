import { toHalf } from '../../onnx/half.ts';
import { NodeError, type SessionPort } from '../../run.ts';
import type { DType, Tensor, TensorData } from '../../values.ts';
import type { ProcessedPictures } from './processor.ts';

/** What exports call a processor's tensor, where they do not call it as the processor does. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  image_grid_thw: ['grid_thw'],
};

/**
 * The tensors of processed pictures as an export takes them: under its own names, in its types, with as many
 * dimensions. Tensors that it does not take are left out. Throws a `NodeError` where it asks for what was not made, or
 * for pictures of another size.
 */
export function feedsOf(
  tensors: ProcessedPictures['tensors'],
  inputs: readonly SessionPort[],
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(inputs.map((input) => [input.name, fitted(wanted(tensors, inputs, input), input)]));
}

function wanted(tensors: ProcessedPictures['tensors'], inputs: readonly SessionPort[], input: SessionPort): Tensor {
  const found = Object.entries(tensors).find(([name]) => [name, ...(OTHER_NAMES[name] ?? [])].includes(input.name));
  if (found) return found[1];
  // An encoder's only float is the picture, whatever it is called.
  const floats = inputs.filter(({ dtype }) => dtype === 'float32' || dtype === 'float16');
  if (floats.length === 1 && floats[0] === input) return tensors.pixel_values;
  throw new NodeError(
    `The encoder wants ${input.name}, which preprocessor_config.json makes nothing for (${Object.keys(tensors).join(', ')}).`,
    'The file may be of another model: download it again.',
  );
}

function fitted(tensor: Tensor, input: SessionPort): Tensor {
  const dims = sameRank(tensor.dims, input.dims.length);
  const fits = dims?.every((dim, i) => typeof input.dims[i] !== 'number' || input.dims[i] === dim);
  if (!dims || !fits)
    throw new NodeError(
      `${input.name} of the encoder is [${input.dims.join(', ')}], but preprocessor_config.json makes [${tensor.dims.join(', ')}].`,
      'The file may be of another model: download it again.',
    );
  return { dtype: input.dtype, dims, data: converted(tensor, input.dtype) };
}

/** One prompt at a time: a leading 1 is the batch, which some exports have and some do not. */
function sameRank(dims: readonly number[], rank: number): readonly number[] | undefined {
  if (dims.length === rank || rank === 0) return dims;
  if (dims.length === rank - 1) return [1, ...dims];
  return dims.length === rank + 1 && dims[0] === 1 ? dims.slice(1) : undefined;
}

function converted({ dtype, data }: Tensor, to: DType): TensorData {
  if (dtype === to) return data;
  const numbers = data instanceof BigInt64Array ? Float64Array.from([...data].map(Number)) : data;
  switch (to) {
    case 'float16':
      return halves(numbers);
    case 'int64':
      return BigInt64Array.from([...numbers].map(BigInt));
    case 'int32':
      return new Int32Array(numbers);
    case 'float32':
      return new Float32Array(numbers);
    case 'float64':
      return new Float64Array(numbers);
    case 'int8':
      return new Int8Array(numbers);
    default:
      return new Uint8Array(numbers);
  }
}

function halves(numbers: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(numbers.length);
  for (let i = 0; i < bits.length; i++) bits[i] = toHalf(numbers[i] ?? 0);
  return bits;
}
