import type { ReactFlowInstance } from 'reactflow';
import { arrangeGraph } from './canvas/arrange.ts';
import { copy, cut, pasteFromClipboard } from './canvas/clipboard.ts';
import { switchSelected } from './canvas/modes.ts';
import { quickAdd, tabAddsNode } from './canvas/quick-add.ts';
import { alignSelected, deleteSelected, distributeSelected, duplicateSelected, selectAll } from './canvas/selected.ts';
import { openCompare } from './compare/actions.ts';
import { exportJson, newDocument, openFromDialog, save, saveAs } from './documents/actions.ts';
import { showBackups } from './documents/backups.tsx';
import { recoverWork } from './documents/drafts.ts';
import { exportPicture } from './documents/export-picture.ts';
import { showGuide } from './guide/store.ts';
import { openSelectedModules } from './modules/actions.ts';
import { openPanes } from './panes/actions.ts';
import { cancelRun, profileNode, startRun } from './runs/actions.ts';
import { redo, undo } from './store/document.ts';
import { itemOf } from './store/items.ts';
import { useRun } from './store/run.ts';
import { selectOnly, soleNode, useSelection } from './store/selection.ts';
import { showDialog, toast, useUi } from './store/ui.ts';
import {
  addNote,
  collapseSelected,
  enterOpens,
  expandSelected,
  goUp,
  groupSelected,
  openSelected,
  renameSelected,
} from './subgraphs/actions.ts';
import { saveToLibrary } from './subgraphs/library.ts';
import { toggleTimeline } from './timeline/store.ts';
import { trainSelected } from './training/actions.ts';

export const categories = ['Run', 'Graph', 'Edit', 'Arrange', 'View', 'Help'] as const;

/** Everything a person can do, as data: keys, menus, the command palette and the sheet of shortcuts are made from it. */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly category: (typeof categories)[number];
  /** `Mod+Shift+S`; `Mod` is Ctrl, or Cmd on a Mac; the last part is `KeyboardEvent.key`, compared without case. */
  readonly shortcuts: readonly string[];
  /** Also while a text is being edited. */
  readonly whileTyping?: boolean;
  /** Not about the canvas: its key is taken in other views too. */
  readonly everywhere?: boolean;
  /** Whether its key is taken from the browser at this moment; it always is where this is left out. */
  ownsKey?(): boolean;
  run(flow: ReactFlowInstance): void;
}

const selected = () => [...useSelection.getState().nodes].filter((key) => !itemOf(key));

const running: readonly Command[] = [
  {
    id: 'run.start',
    title: 'Run',
    category: 'Run',
    shortcuts: ['Mod+Enter'],
    whileTyping: true,
    run: () => void startRun(),
  },
  {
    id: 'run.to-here',
    title: 'Run to the selected nodes',
    category: 'Run',
    shortcuts: ['Mod+Shift+Enter'],
    whileTyping: true,
    run: () => void startRun(selected().length > 0 ? { to: selected() } : {}),
  },
  {
    id: 'run.from-here',
    title: 'Run from the selected nodes',
    category: 'Run',
    shortcuts: ['Mod+Alt+Enter'],
    whileTyping: true,
    run: () =>
      void (selected().length > 0 ? startRun({ from: selected() }) : toast('info', 'Select where to begin first')),
  },
  {
    id: 'run.profile',
    title: 'Profile the operators of the selected node',
    category: 'Run',
    shortcuts: ['Shift+P'],
    run: profileSelected,
  },
  { id: 'run.cancel', title: 'Cancel the run, or go back', category: 'Run', shortcuts: ['Escape'], run: cancelOrLeave },
  {
    id: 'module.train',
    title: 'Train the selected module…',
    category: 'Run',
    shortcuts: ['T'],
    run: trainSelected,
  },
  { id: 'compare.open', title: 'Compare graphs…', category: 'Run', shortcuts: ['C'], run: openCompare },
];

const graph: readonly Command[] = [
  { id: 'document.new', title: 'New', category: 'Graph', shortcuts: ['Alt+N'], run: newDocument },
  {
    id: 'document.templates',
    title: 'New from a template…',
    category: 'Graph',
    shortcuts: ['Alt+T'],
    run: () => showDialog({ type: 'gallery' }),
  },
  {
    id: 'document.open',
    title: 'Open…',
    category: 'Graph',
    shortcuts: ['Mod+O'],
    whileTyping: true,
    run: () => void openFromDialog(),
  },
  {
    id: 'document.save',
    title: 'Save',
    category: 'Graph',
    shortcuts: ['Mod+S'],
    whileTyping: true,
    run: () => void save(),
  },
  {
    id: 'document.save-as',
    title: 'Save as…',
    category: 'Graph',
    shortcuts: ['Mod+Shift+S'],
    whileTyping: true,
    run: () => void saveAs(),
  },
  {
    id: 'document.backups',
    title: 'Earlier versions…',
    category: 'Graph',
    shortcuts: [],
    run: () => void showBackups(),
  },
  {
    id: 'document.recover',
    title: 'Recover unsaved work…',
    category: 'Graph',
    shortcuts: [],
    run: () => void recoverWork(),
  },
  {
    id: 'document.import',
    title: 'Import…',
    category: 'Graph',
    shortcuts: ['Mod+Shift+O'],
    whileTyping: true,
    run: () => window.document.getElementById('import-file')?.click(),
  },
  {
    id: 'document.export',
    title: 'Export JSON',
    category: 'Graph',
    shortcuts: ['Mod+E'],
    whileTyping: true,
    run: exportJson,
  },
  {
    id: 'document.export-png',
    title: 'Export picture (PNG)',
    category: 'Graph',
    shortcuts: [],
    run: (flow) => void exportPicture('png', flow),
  },
  {
    id: 'document.export-svg',
    title: 'Export picture (SVG)',
    category: 'Graph',
    shortcuts: [],
    run: (flow) => void exportPicture('svg', flow),
  },
];

const editing: readonly Command[] = [
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

const grouping: readonly Command[] = [
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

const arranging: readonly Command[] = [
  {
    id: 'arrange.graph',
    title: 'Arrange the graph',
    category: 'Arrange',
    shortcuts: ['Shift+L'],
    run: (flow) => void arrangeGraph(flow),
  },
  {
    id: 'arrange.left',
    title: 'Align left edges',
    category: 'Arrange',
    shortcuts: ['Shift+A'],
    run: alignSelected('left'),
  },
  { id: 'arrange.top', title: 'Align tops', category: 'Arrange', shortcuts: ['Shift+W'], run: alignSelected('top') },
  {
    id: 'arrange.centre',
    title: 'Align centres, one below another',
    category: 'Arrange',
    shortcuts: ['Shift+C'],
    run: alignSelected('centre'),
  },
  {
    id: 'arrange.middle',
    title: 'Align middles, side by side',
    category: 'Arrange',
    shortcuts: ['Shift+M'],
    run: alignSelected('middle'),
  },
  {
    id: 'arrange.across',
    title: 'Distribute from left to right',
    category: 'Arrange',
    shortcuts: ['Shift+X'],
    run: distributeSelected('x'),
  },
  {
    id: 'arrange.down',
    title: 'Distribute from top to bottom',
    category: 'Arrange',
    shortcuts: ['Shift+Y'],
    run: distributeSelected('y'),
  },
];

const view: readonly Command[] = [
  { id: 'view.zoom-in', title: 'Zoom in', category: 'View', shortcuts: ['+', '='], run: (flow) => void flow.zoomIn() },
  { id: 'view.zoom-out', title: 'Zoom out', category: 'View', shortcuts: ['-'], run: (flow) => void flow.zoomOut() },
  {
    id: 'view.zoom-actual',
    title: 'Zoom to 100 %',
    category: 'View',
    shortcuts: ['0'],
    run: (flow) => void flow.zoomTo(1),
  },
  {
    id: 'view.fit',
    title: 'Fit the graph in view',
    category: 'View',
    shortcuts: ['F'],
    run: (flow) => void flow.fitView({ padding: 0.12, maxZoom: 1 }),
  },
  {
    id: 'view.modules',
    title: 'Look inside the selected model',
    category: 'View',
    shortcuts: ['M'],
    run: openSelectedModules,
  },
  {
    id: 'view.panes',
    title: 'Two graphs side by side…',
    category: 'View',
    shortcuts: ['P'],
    everywhere: true,
    run: openPanes,
  },
  {
    id: 'view.fusion-lab',
    title: 'Fusion lab: seven connectors in one table…',
    category: 'View',
    shortcuts: ['Shift+F'],
    everywhere: true,
    run: () => showDialog({ type: 'fusion-lab' }),
  },
  { id: 'view.search', title: 'Search node kinds', category: 'View', shortcuts: ['/'], run: focusSearch },
  {
    id: 'view.timeline',
    title: 'Show or hide the timeline',
    category: 'View',
    shortcuts: ['Mod+J'],
    run: toggleTimeline,
  },
  {
    id: 'view.inspector',
    title: 'Show or hide the inspector',
    category: 'View',
    shortcuts: ['Mod+I'],
    run: () => useUi.setState(({ inspectorOpen }) => ({ inspectorOpen: !inspectorOpen })),
  },
  {
    id: 'view.palette',
    title: 'Show or hide the palette',
    category: 'View',
    shortcuts: ['L'],
    run: () => useUi.setState(({ paletteOpen }) => ({ paletteOpen: !paletteOpen })),
  },
];

const help: readonly Command[] = [
  {
    id: 'help.guide',
    title: 'The first five minutes',
    category: 'Help',
    shortcuts: [],
    run: showGuide,
  },
  {
    id: 'help.commands',
    title: 'All commands',
    category: 'Help',
    shortcuts: ['Mod+K', 'Mod+Shift+P'],
    whileTyping: true,
    everywhere: true,
    run: () => showDialog({ type: 'commands' }),
  },
  {
    id: 'help.shortcuts',
    title: 'Keyboard shortcuts',
    category: 'Help',
    shortcuts: ['?'],
    everywhere: true,
    run: () => showDialog({ type: 'shortcuts' }),
  },
];

export const commands: readonly Command[] = [
  ...running,
  ...graph,
  ...editing,
  ...grouping,
  ...arranging,
  ...view,
  ...help,
];

const byId = new Map(commands.map((command) => [command.id, command]));

/** Throws where there is no such command, which is a slip in the code that asks. */
export function commandOf(id: string): Command {
  const command = byId.get(id);
  if (!command) throw new Error(`there is no command ${id}`);
  return command;
}

function cancelOrLeave(): void {
  if (useUi.getState().menu) useUi.setState({ menu: undefined });
  else if (useRun.getState().active) void cancelRun();
  else if (useSelection.getState().nodes.size > 0 || useSelection.getState().wires.size > 0) selectOnly();
  else goUp();
}

function profileSelected(): void {
  const id = soleNode(useSelection.getState());
  if (id === undefined) toast('info', 'Select one node to profile');
  else void profileNode(id);
}

/** The browser makes a copy, cut or paste event of the key, and that is listened to. */
function byClipboardEvent(): boolean {
  return false;
}

function connectSelected(): void {
  const node = soleNode(useSelection.getState());
  if (node === undefined) toast('info', 'Select the one node that is to be wired first');
  else showDialog({ type: 'connect', node });
}

function focusSearch(): void {
  useUi.setState({ paletteOpen: true });
  requestAnimationFrame(() => window.document.getElementById('palette-search')?.focus());
}
