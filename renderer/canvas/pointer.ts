import type { ReactFlowInstance } from 'reactflow';
import type { Point } from '../store/edits.ts';

/** Where the pointer is on the canvas, in pixels of the window; it is asked for, so nothing draws when it moves. */
let pointer: { readonly x: number; readonly y: number } | undefined;

export const movePointer = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }) => {
  pointer = { x: clientX, y: clientY };
};

/** Until it is moved over the canvas again. */
export const forgetPointer = () => {
  pointer = undefined;
};

export const pointerOnCanvas = () => pointer;

/** The same in pixels of the canvas. */
export function pointerInGraph(flow: ReactFlowInstance): Point | undefined {
  if (!pointer) return undefined;
  const { x, y } = flow.screenToFlowPosition(pointer);
  return [x, y];
}

/** Where something new stands that no pointer points at: in pixels of the window, its corner above the middle. */
export function middleOfCanvas(): { readonly x: number; readonly y: number } {
  const box = document.querySelector('.canvas')?.getBoundingClientRect();
  return box ? { x: box.x + box.width / 2 - 120, y: box.y + box.height / 3 } : { x: 0, y: 0 };
}
