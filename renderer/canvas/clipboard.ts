import { useEffect } from 'react';
import { type ReactFlowInstance, useReactFlow } from 'reactflow';
import { dropFile } from '../documents/actions.ts';
import { isTyping, shortcutWords } from '../keys.ts';
import type { Point } from '../store/edits.ts';
import { toast, useUi } from '../store/ui.ts';
import { middleOfCanvas, pointerInGraph } from './pointer.ts';
import { deleteSelected, pasteText, selectedText } from './selected.ts';

/**
 * Copy, cut and paste by the browser's own events, which need no permission: a graph is text on the clipboard, so it
 * goes into another window, a chat or a file and back.
 */
export function useClipboard(): void {
  const flow = useReactFlow();
  useEffect(() => {
    const take = (event: ClipboardEvent) => {
      // Text that is marked is meant before nodes are.
      if (isElsewhere(event) || window.getSelection()?.isCollapsed === false) return;
      const text = selectedText();
      if (text === undefined) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', text);
      if (event.type === 'cut') deleteSelected();
    };
    const put = (event: ClipboardEvent) => {
      if (isElsewhere(event) || !event.clipboardData) return;
      event.preventDefault();
      const { files } = event.clipboardData;
      if (files.length === 0) pasteText(event.clipboardData.getData('text/plain'), pointerInGraph(flow));
      for (const file of files) void dropFile(file, pointerInGraph(flow) ?? middleInGraph(flow));
    };
    window.addEventListener('copy', take);
    window.addEventListener('cut', take);
    window.addEventListener('paste', put);
    return () => {
      window.removeEventListener('copy', take);
      window.removeEventListener('cut', take);
      window.removeEventListener('paste', put);
    };
  }, [flow]);
}

/** A field, a dialog or another view has the clipboard to itself. */
function isElsewhere(event: ClipboardEvent): boolean {
  const { dialog, view } = useUi.getState();
  return dialog !== undefined || view !== 'canvas' || isTyping(event.target);
}

function middleInGraph(flow: ReactFlowInstance): Point {
  const { x, y } = flow.screenToFlowPosition(middleOfCanvas());
  return [x, y];
}

/** The same from a menu: the clipboard events come as if the keys had been pressed. */
export const copy = () => void document.execCommand('copy');
export const cut = () => void document.execCommand('cut');

/** Reading the clipboard without its key needs the browser's leave. */
export async function pasteFromClipboard(flow: ReactFlowInstance): Promise<void> {
  let text: string;
  try {
    text = await navigator.clipboard.readText();
  } catch {
    toast('info', `Press ${shortcutWords('Mod+V').join(' ')} to paste`, 'Here only the keys may read the clipboard');
    return;
  }
  pasteText(text, pointerInGraph(flow));
}
