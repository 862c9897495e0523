import { arrangeGraph } from '../canvas/arrange.ts';
import { alignSelected, distributeSelected } from '../canvas/selected.ts';
import type { Command } from './command.ts';

export const arranging: readonly Command[] = [
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
