import { shapeText } from './file-ports.ts';
import { NORMALISATIONS, normalise } from './pixels.ts';
import { NodeError, type RunContext, type SessionPort } from './run.ts';
import type { ImageValue, Tensor } from './values.ts';

/** Checks rank and fixed dimensions; float32 is turned into float16 where the file asks for it. */
export function fitting(port: SessionPort, tensor: Tensor): Tensor {
  const fits =
    port.dims.length === tensor.dims.length &&
    port.dims.every((dim, i) => typeof dim === 'string' || dim < 0 || dim === tensor.dims[i]);
  const converted =
    port.dtype === 'float16' && tensor.data instanceof Float32Array ? toHalf(tensor.dims, tensor.data) : tensor;
  if (fits && converted.dtype === port.dtype) return converted;
  throw new NodeError(
    `the input "${port.name}" takes ${shapeText(port)}, found ${shapeText({ name: port.name, ...tensor })}`,
  );
}

/** How a picture becomes the numbers that an input of a file, or of a server's model, takes. */
export interface PictureForm {
  readonly normalise: keyof typeof NORMALISATIONS;
  /** Of its sides in pixels; 0: as the input states. */
  readonly size: number;
  readonly layout: 'auto' | 'NCHW' | 'NHWC';
}

/** A picture resized, normalised and laid out as an input states. Throws a sentence where it is none for pictures. */
export async function pictureTensor(
  context: Pick<RunContext, 'resize'>,
  port: SessionPort,
  value: ImageValue,
  params: PictureForm,
): Promise<Tensor> {
  const { layout, width, height } = pictureInput(port, params, value);
  const sized = await Promise.all(
    value.images.map((image) =>
      image.width === width && image.height === height ? image : context.resize(image, width, height, 'bicubic'),
    ),
  );
  if (port.dtype === 'uint8') return bytes(normalise(sized, NORMALISATIONS['zero-to-255'], layout));
  return normalise(sized, NORMALISATIONS[params.normalise], layout);
}

/** Layout and size of pictures at this input, from its own shape where that says it. */
function pictureInput(port: SessionPort, params: PictureForm, { images }: ImageValue) {
  if (port.dims.length !== 4)
    throw new NodeError(`a picture needs an input of four dimensions; "${port.name}" is ${shapeText(port)}`);
  const layout = params.layout !== 'auto' ? params.layout : port.dims[3] === 3 && port.dims[1] !== 3 ? 'NHWC' : 'NCHW';
  const [rows, cols] = layout === 'NCHW' ? [port.dims[2], port.dims[3]] : [port.dims[1], port.dims[2]];
  const side = (stated: number | string | undefined, own: number) =>
    params.size > 0 ? params.size : typeof stated === 'number' && stated > 0 ? stated : own;
  const [first] = images;
  return { layout, width: side(cols, first?.width ?? 0), height: side(rows, first?.height ?? 0) } as const;
}

function bytes({ dims, data }: Tensor): Tensor {
  return { dtype: 'uint8', dims, data: Uint8Array.from(data as Float32Array, Math.round) };
}

/** IEEE 754 half precision, rounded to nearest even, as raw bits. */
function toHalf(dims: readonly number[], values: Float32Array): Tensor {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return { dtype: 'float16', dims, data: Uint16Array.from(bits, halfBits) };
}

function halfBits(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const magnitude = float & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x33000001) return sign;
  const exponent = magnitude >>> 23;
  // Below 2^-14 halves are subnormal: the mantissa with its hidden bit shifts further down.
  const shift = exponent < 113 ? 126 - exponent : 13;
  const mantissa = exponent < 113 ? (magnitude & 0x7fffff) | 0x800000 : magnitude - (112 << 23);
  const half = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}
