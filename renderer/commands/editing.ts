import { copy, cut, pasteFromClipboard } from '../canvas/clipboard.ts';
import { switchSelected } from '../canvas/modes.ts';
import { quickAdd, tabAddsNode } from '../canvas/quick-add.ts';
import { deleteSelected, duplicateSelected, selectAll } from '../canvas/selected.ts';
import { redo, undo } from '../store/document.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { showDialog, toast } from '../store/ui.ts';
import type { Command } from './command.ts';

export const editing: readonly Command[] = [
  { id: 'edit.add', title: 'Add a node…', category: 'Edit', shortcuts: ['Tab'], ownsKey: tabAddsNode, run: quickAdd },
  { id: 'edit.connect', title: 'Wire the selected node…', category: 'Edit', shortcuts: ['W'], run: connectSelected },
  { id: 'edit.undo', title: 'Undo', category: 'Edit', shortcuts: ['Mod+Z'], whileTyping: true, run: undo },
  {
    id: 'edit.redo',
    title: 'Redo',
    category: 'Edit',
    shortcuts: ['Mod+Shift+Z', 'Mod+Y'],
    whileTyping: true,
    run: redo,
  },
  {
    id: 'edit.cut',
    title: 'Cut',
    category: 'Edit',
    shortcuts: ['Mod+X'],
    ownsKey: byClipboardEvent,
    run: cut,
  },
  { id: 'edit.copy', title: 'Copy', category: 'Edit', shortcuts: ['Mod+C'], ownsKey: byClipboardEvent, run: copy },
  {
    id: 'edit.paste',
    title: 'Paste',
    category: 'Edit',
    shortcuts: ['Mod+V'],
    ownsKey: byClipboardEvent,
    run: (flow) => void pasteFromClipboard(flow),
  },
  { id: 'edit.duplicate', title: 'Duplicate', category: 'Edit', shortcuts: ['Mod+D'], run: duplicateSelected },
  { id: 'edit.bypass', title: 'Bypass', category: 'Edit', shortcuts: ['Mod+B'], run: switchSelected('bypass') },
  { id: 'edit.mute', title: 'Mute', category: 'Edit', shortcuts: ['Mod+M'], run: switchSelected('mute') },
  { id: 'edit.delete', title: 'Delete', category: 'Edit', shortcuts: ['Delete', 'Backspace'], run: deleteSelected },
  {
    id: 'edit.select-all',
    title: 'Select all nodes',
    category: 'Edit',
    shortcuts: ['Mod+A'],
    run: selectAll,
  },
];

/** The browser makes a copy, cut or paste event of the key, and that is listened to. */
function byClipboardEvent(): boolean {
  return false;
}

function connectSelected(): void {
  const node = soleNode(useSelection.getState());
  if (node === undefined) toast('info', 'Select the one node that is to be wired first');
  else showDialog({ type: 'connect', node });
}
