import { openCompare } from '../compare/actions.ts';
import { openCompute } from '../compute/actions.ts';
import { cancelRun, profileNode, startRun } from '../runs/actions.ts';
import { itemOf } from '../store/items.ts';
import { useRun } from '../store/run.ts';
import { selectOnly, soleNode, useSelection } from '../store/selection.ts';
import { showDialog, toast, useUi } from '../store/ui.ts';
import { goUp } from '../subgraphs/actions.ts';
import { trainSelected } from '../training/actions.ts';
import type { Command } from './command.ts';

const selected = () => [...useSelection.getState().nodes].filter((key) => !itemOf(key));

export const running: readonly Command[] = [
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
  {
    id: 'compute.open',
    title: 'Compute: accuracy against tokens…',
    category: 'Run',
    shortcuts: ['K'],
    run: openCompute,
  },
  {
    id: 'endpoints.open',
    title: 'Model servers (endpoints)…',
    category: 'Run',
    shortcuts: ['Shift+E'],
    everywhere: true,
    run: () => showDialog({ type: 'endpoints' }),
  },
];

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
