import type { Box } from './align.ts';
import type { Point } from './edits.ts';

/** A line that a moved node stands on with others: across at height `at`, or down at `at` from the left; from end to end. */
export interface Guide {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface Snapped {
  readonly at: Point;
  readonly guides: readonly Guide[];
}

/**
 * Moves a box by at most `reach` along each axis, so that an edge or its middle stands in line with the same of another
 * box: the nearest line counts. The guides tell which lines those are.
 */
export function snap(box: Box, others: readonly Box[], reach: number): Snapped {
  const dx = nearest(box, others, 'x', reach);
  const dy = nearest(box, others, 'y', reach);
  const moved = { ...box, x: box.x + dx, y: box.y + dy };
  return { at: [moved.x, moved.y], guides: [...guidesOf(moved, others, 'x'), ...guidesOf(moved, others, 'y')] };
}

/** Start, middle and end of a box along an axis. */
function lines(box: Box, axis: 'x' | 'y'): readonly [number, number, number] {
  const size = axis === 'x' ? box.width : box.height;
  return [box[axis], box[axis] + size / 2, box[axis] + size];
}

function nearest(box: Box, others: readonly Box[], axis: 'x' | 'y', reach: number): number {
  const own = lines(box, axis);
  let best: number | undefined;
  for (const other of others) {
    lines(other, axis).forEach((line, index) => {
      const by = line - (own[index] ?? line);
      if (Math.abs(by) <= reach && Math.abs(by) < Math.abs(best ?? Number.POSITIVE_INFINITY)) best = by;
    });
  }
  return best ?? 0;
}

/** Rounding of halves is no reason for two lines to differ. */
const SAME = 0.01;

function guidesOf(box: Box, others: readonly Box[], axis: 'x' | 'y'): Guide[] {
  const across = axis === 'x' ? 'y' : 'x';
  return lines(box, axis).flatMap((at, index) => {
    const on = others.filter((other) => Math.abs((lines(other, axis)[index] ?? at) - at) < SAME);
    if (on.length === 0) return [];
    const ends = [box, ...on].flatMap((each) => [lines(each, across)[0], lines(each, across)[2]]);
    return [{ axis, at, from: Math.min(...ends), to: Math.max(...ends) }];
  });
}
