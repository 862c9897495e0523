import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeImage, imageSize, resize } from '../../../electron/backend/runtime/images.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

const noise = () =>
  sharp({
    create: {
      width: 64,
      height: 32,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });

/** The header of a PNG of that size, and hardly any data. */
function hugePng(size: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('a truncated PNG', async () => {
  const whole = await noise().png().toBuffer();
  const path = await file('cut.png', whole.subarray(0, whole.length / 2));
  await expect(decodeImage(path)).rejects.toThrow(/cut\.png is damaged and cannot be decoded/);
});

test('a text file named .png', async () => {
  const path = await file('text.png', 'not a picture at all');
  await expect(decodeImage(path)).rejects.toThrow(/text\.png is not a picture in a format that can be read/);
});

test('a picture of 30,000 × 30,000 is refused by its header', async () => {
  const path = await file('huge.png', hugePng(30_000));
  await expect(decodeImage(path)).rejects.toThrow(/huge\.png is too large/);
  await expect(imageSize(path)).rejects.toThrow(/huge\.png is too large/);
});

test('a missing file', async () => {
  await expect(decodeImage(join(folder, 'gone.png'))).rejects.toThrow(/There is no picture at .*gone\.png/);
});

test('EXIF orientation is applied to the size and the pixels', async () => {
  const path = await file('turned.jpg', await noise().withMetadata({ orientation: 6 }).jpeg().toBuffer());
  expect(await imageSize(path)).toEqual({ width: 32, height: 64 });
  expect(await decodeImage(path)).toMatchObject({ width: 32, height: 64 });
});

test('alpha is laid over white, and grey becomes RGB', async () => {
  const clear = { create: { width: 2, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } } as const;
  expect([...(await decodeImage(await file('clear.png', await sharp(clear).png().toBuffer()))).data]).toEqual(
    Array(12).fill(255),
  );
  const grey = await sharp({ create: { width: 2, height: 1, channels: 3, background: '#808080' } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  expect([...(await decodeImage(await file('grey.png', grey))).data]).toEqual(Array(6).fill(128));
});

test('shrinking averages: a one-pixel checkerboard becomes grey', async () => {
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (((((i / 3) % 64) | 0) + ((i / 192) | 0)) % 2) * 255);
  for (const method of ['bicubic', 'bilinear'] as const) {
    const small = await resize({ width: 64, height: 64, data }, 8, 8, method);
    for (const value of small.data) expect(Math.abs(value - 127.5)).toBeLessThan(16);
  }
});
