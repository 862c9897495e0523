import type { z } from 'zod';
import { centreSquare } from '../pixels.ts';
import { NodeError, type NodeRun } from '../run.ts';
import { type definition, outputSize } from './definition.ts';

type Params = z.output<typeof definition.params>;

export const run: NodeRun<Params>['run'] = async (context, { source, crop, longestSide }) => {
  const decoded = await context.decodeImage(chosen(source));
  const picture = crop === 'square' ? centreSquare(decoded) : decoded;
  const { width, height } = outputSize(decoded.width, decoded.height, crop, longestSide);
  const sized = width === picture.width && height === picture.height;
  return {
    image: { type: 'image', images: [sized ? picture : await context.resize(picture, width, height, 'bicubic')] },
  };
};

export const probe: NodeRun<Params>['probe'] = async (context, { source }) => {
  const { width, height } = await context.imageSize(chosen(source));
  return { width, height };
};

function chosen(source: string): string {
  if (source.trim() === '') throw new NodeError('no picture is chosen', 'Choose a file or an example in the inspector');
  return source;
}
