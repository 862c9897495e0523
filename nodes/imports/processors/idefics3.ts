import { NodeError } from '../../run.ts';
import type { Raster, Tensor } from '../../values.ts';
import { PlainProcessor } from './plain.ts';
import type { PictureLayout, Planes, ProcessedPictures, Resample } from './processor.ts';
import { stack } from './processor.ts';
import type { Size } from './sizes.ts';

/**
 * Idefics3 and SmolVLM: a picture is cut into square tiles of `max_image_size`, row by row, and a view of the whole
 * follows them. `pixel_values` are `[1, tiles of all pictures, 3, side, side]`, `pixel_attention_mask` is
 * `[1, tiles, side, side]`.
 */
export class Idefics3Processor extends PlainProcessor {
  override async process(images: readonly Raster[], resample: Resample): Promise<ProcessedPictures> {
    const cuts = await Promise.all(images.map(async (image) => this.cut(await this.prepare(image, resample))));
    const { data, dims } = stack(cuts.flatMap(({ tiles }) => tiles));
    const [count = 0, , height = 0, width = 0] = dims;
    const mask: Tensor = {
      dtype: 'bool',
      dims: [1, count, height, width],
      data: new Uint8Array(count * height * width).fill(1),
    };
    return {
      tensors: { pixel_values: { dtype: 'float32', dims: [1, ...dims], data }, pixel_attention_mask: mask },
      pictures: cuts.map(({ rows, cols }) => ({ seen: [height, width], tiles: [rows, cols] })),
    };
  }

  override layout(from: Size): PictureLayout {
    const { side } = this;
    return { seen: [side, side], tiles: this.tilesOf(this.prepared(from)) };
  }

  /** Of a tile. */
  private get side(): number {
    const side = this.config.max_image_size?.longest_edge;
    if (side !== undefined) return side;
    throw new NodeError(
      'preprocessor_config.json lacks max_image_size, the side of a tile.',
      'Download the model again, or mend the file.',
    );
  }

  /** `[rows, cols]`. A picture that fits one tile is not cut: no tiles but the view of the whole. */
  private tilesOf(picture: Size): readonly [number, number] {
    if (this.config.do_image_splitting === false) return [0, 0];
    const { width, height } = tiledSize(picture, this.side);
    const [rows, cols] = [height / this.side, width / this.side];
    return rows === 1 && cols === 1 ? [0, 0] : [rows, cols];
  }

  private cut(picture: Planes): { tiles: Planes[]; rows: number; cols: number } {
    const { side } = this;
    const whole = { width: side, height: side };
    const [rows, cols] = this.tilesOf(picture);
    if (rows === 0) return { tiles: [stretch(picture, whole)], rows, cols };
    const grown = stretch(picture, tiledSize(picture, side));
    const tiles = Array.from({ length: rows * cols }, (_, i) =>
      tile(grown, side, Math.floor(i / cols) * side, (i % cols) * side),
    );
    return { tiles: [...tiles, stretch(grown, whole)], rows, cols };
  }
}

/** Both sides brought up to whole tiles, the longer side first; the shape is not kept. */
function tiledSize({ width, height }: Size, side: number): Size {
  const up = (value: number) => Math.max(1, Math.ceil(value / side)) * side;
  const shape = width / height;
  if (width >= height) return { width: up(width), height: up(Math.floor(up(width) / shape)) };
  return { width: up(Math.floor(up(height) * shape)), height: up(height) };
}

function tile(picture: Planes, side: number, top: number, left: number): Planes {
  const data = new Float32Array(3 * side * side);
  for (let row = 0; row < 3 * side; row++) {
    const [channel, y] = [Math.floor(row / side), row % side];
    const from = (channel * picture.height + top + y) * picture.width + left;
    data.set(picture.data.subarray(from, from + side), row * side);
  }
  return { width: side, height: side, data };
}

/** Bilinear between pixel centres, without antialias (ONNX `Resize`, `half_pixel`), as transformers.js sizes floats. */
export function stretch(picture: Planes, to: Size): Planes {
  if (picture.width === to.width && picture.height === to.height) return picture;
  const across = points(picture.width, to.width);
  const down = points(picture.height, to.height);
  const data = new Float32Array(3 * to.width * to.height);
  let at = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < to.height; y++) {
      const upper = (channel * picture.height + (down.first[y] ?? 0)) * picture.width;
      const lower = (channel * picture.height + (down.second[y] ?? 0)) * picture.width;
      const dy = down.part[y] ?? 0;
      for (let x = 0; x < to.width; x++) {
        const [left, right, dx] = [across.first[x] ?? 0, across.second[x] ?? 0, across.part[x] ?? 0];
        const [a = 0, b = 0] = [picture.data[upper + left], picture.data[upper + right]];
        const [c = 0, d = 0] = [picture.data[lower + left], picture.data[lower + right]];
        const over = a + (b - a) * dx;
        data[at++] = over + (c + (d - c) * dx - over) * dy;
      }
    }
  }
  return { width: to.width, height: to.height, data };
}

/** Of each new pixel of a line: the two old ones it lies between, and how far towards the second. */
function points(from: number, to: number): { first: Int32Array; second: Int32Array; part: Float32Array } {
  const [first, second, part] = [new Int32Array(to), new Int32Array(to), new Float32Array(to)];
  for (let i = 0; i < to; i++) {
    const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(centre);
    second[i] = Math.min(from - 1, Math.floor(centre) + 1);
    part[i] = centre - Math.floor(centre);
  }
  return { first, second, part };
}
