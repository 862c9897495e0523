import type { ReactFlowInstance } from 'reactflow';
import { exportJson, newDocument, openFromDialog, save, saveAs } from './documents/actions.ts';
import { cancelRun, startRun } from './runs/actions.ts';
import { edit, useDocument } from './store/document.ts';
import { duplicate, removeNodes } from './store/edits.ts';
import { useRun } from './store/run.ts';
import { selectOnly, useSelection } from './store/selection.ts';
import { showDialog, useUi } from './store/ui.ts';
import { trainSelected } from './training/actions.ts';

/** Everything a key can do, as data. `Mod` is Ctrl, or Cmd on a Mac. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** `Mod+Shift+S`; the last part is `KeyboardEvent.key`, compared without case. */
  readonly shortcut: string;
  /** Also while a text is being edited. */
  readonly whileTyping?: boolean;
  run(): void;
}

const selected = () => [...useSelection.getState().nodes];

export const commands: readonly Command[] = [
  { id: 'run.start', title: 'Run', shortcut: 'Mod+Enter', whileTyping: true, run: () => void startRun() },
  {
    id: 'run.to-here',
    title: 'Run to the selected nodes',
    shortcut: 'Mod+Shift+Enter',
    whileTyping: true,
    run: () => void startRun(selected().length > 0 ? selected() : undefined),
  },
  { id: 'run.cancel', title: 'Cancel the run', shortcut: 'Escape', run: cancelOrLeave },
  { id: 'document.new', title: 'New graph', shortcut: 'Alt+N', run: newDocument },
  { id: 'document.open', title: 'Open…', shortcut: 'Mod+O', whileTyping: true, run: () => void openFromDialog() },
  { id: 'document.save', title: 'Save', shortcut: 'Mod+S', whileTyping: true, run: () => void save() },
  { id: 'document.save-as', title: 'Save as…', shortcut: 'Mod+Shift+S', whileTyping: true, run: () => void saveAs() },
  { id: 'document.export', title: 'Export JSON', shortcut: 'Mod+E', whileTyping: true, run: exportJson },
  {
    id: 'edit.select-all',
    title: 'Select all nodes',
    shortcut: 'Mod+A',
    run: () => selectOnly(...Object.keys(useDocument.getState().document.nodes)),
  },
  { id: 'edit.duplicate', title: 'Duplicate', shortcut: 'Mod+D', run: duplicateSelected },
  {
    id: 'edit.delete',
    title: 'Delete the selected nodes',
    shortcut: 'Delete',
    run: () => edit((document) => removeNodes(document, useSelection.getState().nodes)),
  },
  { id: 'module.train', title: 'Train the selected module…', shortcut: 'T', run: trainSelected },
  { id: 'view.search', title: 'Search node kinds', shortcut: '/', run: focusSearch },
  {
    id: 'view.inspector',
    title: 'Show or hide the inspector',
    shortcut: 'Mod+I',
    run: () => useUi.setState(({ inspectorOpen }) => ({ inspectorOpen: !inspectorOpen })),
  },
  {
    id: 'view.palette',
    title: 'Show or hide the palette',
    shortcut: 'Mod+B',
    run: () => useUi.setState(({ paletteOpen }) => ({ paletteOpen: !paletteOpen })),
  },
  { id: 'help.shortcuts', title: 'Keyboard shortcuts', shortcut: '?', run: () => showDialog({ type: 'shortcuts' }) },
];

/** Those that move the view. */
export function viewCommands({ zoomIn, zoomOut, zoomTo, fitView }: ReactFlowInstance): readonly Command[] {
  return [
    { id: 'view.zoom-in', title: 'Zoom in', shortcut: '+', run: () => void zoomIn() },
    { id: 'view.zoom-in-unshifted', title: 'Zoom in', shortcut: '=', run: () => void zoomIn() },
    { id: 'view.zoom-out', title: 'Zoom out', shortcut: '-', run: () => void zoomOut() },
    { id: 'view.zoom-actual', title: 'Zoom to 100 %', shortcut: '0', run: () => void zoomTo(1) },
    {
      id: 'view.fit',
      title: 'Fit the graph in view',
      shortcut: 'F',
      run: () => void fitView({ padding: 0.12, maxZoom: 1 }),
    },
  ];
}

const isMac = /Mac/.test(navigator.platform);

export function shortcutWords(shortcut: string): readonly string[] {
  return (shortcut === '+' ? ['+'] : shortcut.split('+')).map((part) =>
    part === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : part === 'Escape' ? 'Esc' : part,
  );
}

/** Runs the command of a key; `extra` are those that need the view (zoom). */
export function handleKey(event: KeyboardEvent, extra: readonly Command[]): void {
  if (useUi.getState().dialog) return;
  const typing = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
  const command = [...commands, ...extra].find(
    (entry) => fits(event, entry.shortcut) && (!typing || entry.whileTyping),
  );
  if (!command) return;
  // Delete is React Flow's own: it removes selected wires with the nodes.
  if (command.id === 'edit.delete') return;
  event.preventDefault();
  command.run();
}

function fits(event: KeyboardEvent, shortcut: string): boolean {
  const parts = shortcut.split('+');
  const key = parts.at(-1) || '+';
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const shiftMatters = /^[a-z]$/i.test(key) || key.length > 1;
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    mod === parts.includes('Mod') &&
    event.altKey === parts.includes('Alt') &&
    (!shiftMatters || event.shiftKey === parts.includes('Shift'))
  );
}

function cancelOrLeave(): void {
  if (useUi.getState().menu) useUi.setState({ menu: undefined });
  else if (useRun.getState().active) void cancelRun();
  else selectOnly();
}

function duplicateSelected(): void {
  const [document, copies] = duplicate(useDocument.getState().document, selected());
  edit(() => document);
  selectOnly(...copies);
}

function focusSearch(): void {
  useUi.setState({ paletteOpen: true });
  requestAnimationFrame(() => window.document.getElementById('palette-search')?.focus());
}
