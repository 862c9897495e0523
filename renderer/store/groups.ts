import type { Box } from './align.ts';
import { itemOf } from './items.ts';

/** Room between a group's frame and what stands in it, and for its title above, in pixels of the canvas. */
export const [AROUND, ABOVE] = [24, 52];

type Boxes = Readonly<Record<string, Box>>;

/** A frame around some boxes, of which there is at least one. */
export function frameAround(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x)) - AROUND;
  const y = Math.min(...boxes.map((box) => box.y)) - ABOVE;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + AROUND;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + AROUND;
  return { x, y, width: right - x, height: bottom - y };
}

/** Keys of what stands in a frame and so moves with it: nodes and notes by their middle, groups as a whole. */
export function keysInside(frame: Box, boxes: Boxes): string[] {
  const holds = (x: number, y: number) =>
    x >= frame.x && x <= frame.x + frame.width && y >= frame.y && y <= frame.y + frame.height;
  return Object.entries(boxes).flatMap(([key, { x, y, width, height }]) => {
    const inside =
      itemOf(key)?.type === 'group'
        ? holds(x, y) && holds(x + width, y + height)
        : holds(x + width / 2, y + height / 2);
    return inside ? [key] : [];
  });
}
