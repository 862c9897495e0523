import { FIT } from '../canvas/fit.ts';
import { openModels } from '../models/actions.ts';
import { openSelectedModules } from '../modules/actions.ts';
import { openPanes } from '../panes/actions.ts';
import { toggleSearch } from '../search/store.ts';
import { showDialog, useUi } from '../store/ui.ts';
import { toggleTimeline } from '../timeline/store.ts';
import type { Command } from './command.ts';

export const view: readonly Command[] = [
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
    run: (flow) => void flow.fitView(FIT),
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
  {
    id: 'view.models',
    title: 'Models: what is here, and the Hub…',
    category: 'View',
    shortcuts: ['H'],
    everywhere: true,
    run: openModels,
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
    id: 'view.search-tree',
    title: 'Show or hide the search tree',
    category: 'View',
    shortcuts: ['S'],
    run: toggleSearch,
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

/** At once where the field is there: the letters typed next are meant for it. */
function focusSearch(): void {
  const field = () => window.document.getElementById('palette-search');
  field()?.focus();
  if (useUi.getState().paletteOpen) return;
  useUi.setState({ paletteOpen: true });
  requestAnimationFrame(() => field()?.focus());
}
