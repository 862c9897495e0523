import { fromHalf, toHalf } from '../onnx/half.ts';
import type { DType, FloatTensor, Tensor } from '../values.ts';

/** Float tensors of exports, which take and give single or half precision. */

/** In single precision. Throws where it holds no floats. */
export function floatsOf({ dtype, dims, data }: Tensor): FloatTensor {
  if (data instanceof Float32Array) return { dtype: 'float32', dims, data };
  if (dtype !== 'float16') throw new Error(`the model gave ${dtype} where floats were expected`);
  return { dtype: 'float32', dims, data: Float32Array.from(data as Uint16Array, fromHalf) };
}

/** In half precision where `dtype` asks for it; any other tensor as it is. */
export function halved(dtype: DType, tensor: Tensor): Tensor {
  if (dtype !== 'float16' || !(tensor.data instanceof Float32Array)) return tensor;
  return { dtype, dims: tensor.dims, data: Uint16Array.from(tensor.data, toHalf) };
}
