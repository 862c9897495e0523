import type { ResizeParams } from 'reactflow';
import { edit } from '../store/document.ts';
import { setItem } from '../store/items.ts';

/** Keeps the size that a hand gave a note or group, as one step of undo. */
export const resized =
  (key: string) =>
  (_: unknown, { x, y, width, height }: ResizeParams): void =>
    edit((graph) =>
      setItem(graph, key, { at: [Math.round(x), Math.round(y)], size: [Math.round(width), Math.round(height)] }),
    );
