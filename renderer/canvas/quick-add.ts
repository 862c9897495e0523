import type { MouseEvent } from 'react';
import { shown } from '../store/document.ts';
import { useSelection, wireId } from '../store/selection.ts';
import { showDialog } from '../store/ui.ts';
import { type FlowEdge, wiresOf } from './flow.ts';
import { forgetPointer, middleOfCanvas, pointerOnCanvas } from './pointer.ts';

/** Opens the list of kinds at the pointer, else in the middle; on the one selected wire, for that wire. */
export function quickAdd(): void {
  const { nodes, wires } = useSelection.getState();
  const [id] = wires;
  const sole = nodes.size === 0 && wires.size === 1;
  const wire = sole ? wiresOf(shown()).find((each) => wireId(each) === id) : undefined;
  showDialog({ type: 'quick-add', at: pointerOnCanvas() ?? middleOfCanvas(), wire });
  // So that the next Tab goes through the page again: nobody who works by keyboard is held here.
  forgetPointer();
}

/** Tab adds a node while the pointer is over the canvas and no control has the focus; else it goes through the page. */
export function tabAddsNode(): boolean {
  const { activeElement } = document;
  const inCanvas = activeElement?.matches('body, .react-flow, .react-flow__node, .react-flow__edge') ?? true;
  return inCanvas && pointerOnCanvas() !== undefined;
}

export function onCanvasDoubleClick({ target, clientX, clientY }: MouseEvent): void {
  if (!(target instanceof Element) || target.closest('button')) return;
  if (target.closest('.empty') || target.classList.contains('react-flow__pane')) {
    showDialog({ type: 'quick-add', at: { x: clientX, y: clientY } });
  }
}

export function onWireDoubleClick({ clientX, clientY }: MouseEvent, edge: FlowEdge): void {
  showDialog({ type: 'quick-add', at: { x: clientX, y: clientY }, wire: edge.data?.wiring });
}
