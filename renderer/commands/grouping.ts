import {
  addNote,
  collapseSelected,
  enterOpens,
  expandSelected,
  groupSelected,
  openSelected,
  renameSelected,
  repeatSelected,
} from '../subgraphs/actions.ts';
import { saveToLibrary } from '../subgraphs/library.ts';
import type { Command } from './command.ts';

export const grouping: readonly Command[] = [
  { id: 'note.add', title: 'Add a note', category: 'Edit', shortcuts: ['Shift+N'], run: addNote },
  { id: 'group.make', title: 'Group in a frame', category: 'Edit', shortcuts: ['Mod+G'], run: groupSelected },
  {
    id: 'subgraph.collapse',
    title: 'Collapse into a subgraph',
    category: 'Edit',
    shortcuts: ['Mod+Shift+G'],
    run: collapseSelected,
  },
  {
    id: 'subgraph.expand',
    title: 'Expand the subgraph',
    category: 'Edit',
    shortcuts: ['Mod+Shift+U'],
    run: expandSelected,
  },
  {
    id: 'subgraph.repeat',
    title: 'Repeat the subgraph, or run it once',
    category: 'Edit',
    shortcuts: ['Shift+R'],
    run: repeatSelected,
  },
  {
    id: 'subgraph.save',
    title: 'Save the subgraph to my library',
    category: 'Edit',
    shortcuts: ['Mod+Shift+L'],
    run: () => void saveToLibrary(),
  },
  {
    id: 'edit.open',
    title: 'Open the selected subgraph or note',
    category: 'Edit',
    shortcuts: ['Enter'],
    ownsKey: enterOpens,
    run: openSelected,
  },
  { id: 'edit.rename', title: 'Rename', category: 'Edit', shortcuts: ['F2'], run: renameSelected },
];
