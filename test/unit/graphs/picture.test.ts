import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { openDocument } from '../../../electron/backend/documents/open.ts';
import { format } from '../../../graphs/format.ts';
import { graphInPicture, pictureKind, withGraphInPng, withGraphInSvg } from '../../../graphs/picture.ts';

const SVG =
  '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2"/></svg>';
const png = () => sharp(Buffer.from(SVG)).png().toBuffer();
const graph = (title: string) => format({ schemaVersion: 1, title, nodes: { photo: { kind: 'image' } } });

test('a graph of any text comes out of a PNG and an SVG file as it went in, and both stay pictures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-picture-'));
  const plain = await png();
  try {
    const titles = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('</metadata>', '&amp;<b>', ']]>', '漢字 é\n'),
    );
    await fc.assert(
      fc.asyncProperty(titles, async (title) => {
        const text = graph(title);
        await writeFile(join(folder, 'a.png'), withGraphInPng(plain, text));
        await writeFile(join(folder, 'a.svg'), withGraphInSvg(SVG, text));
        for (const name of ['a.png', 'a.svg']) {
          expect(await openDocument(join(folder, name))).toBe(text);
          expect(await sharp(await readFile(join(folder, name))).metadata()).toMatchObject({ width: 3, height: 2 });
        }
      }),
      { numRuns: 40 },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a picture that holds no graph says so when it is opened, and what to do', async () => {
  await expect(openDocument('graphs/examples/pictures/shapes.png')).rejects.toMatchObject({
    message: '"graphs/examples/pictures/shapes.png" is a picture that holds no graph.',
    hint: 'Open a picture that Patchbay exported, or drop this one on the canvas to use it as an image.',
  });
});

test('a picture that was cut off, or is of another kind, holds no graph', async () => {
  const whole = withGraphInPng(await png(), graph('Cut'));
  for (const length of [8, 20, 45, 60]) expect(graphInPicture(whole.subarray(0, length))).toBeUndefined();
  expect(pictureKind(await sharp(Buffer.from(SVG)).jpeg().toBuffer())).toBeUndefined();
  expect(pictureKind(new TextEncoder().encode(graph('<svg>')))).toBeUndefined();
});
