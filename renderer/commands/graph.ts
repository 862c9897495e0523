import { exportJson, newDocument, openFromDialog, save, saveAs } from '../documents/actions.ts';
import { showBackups } from '../documents/backups.tsx';
import { recoverWork } from '../documents/drafts.ts';
import { exportPicture } from '../documents/export-picture.ts';
import { openModelFolder } from '../models/actions.ts';
import { showDialog } from '../store/ui.ts';
import type { Command } from './command.ts';

export const graph: readonly Command[] = [
  { id: 'document.new', title: 'New', category: 'Graph', shortcuts: ['Alt+N'], run: newDocument },
  {
    id: 'document.templates',
    title: 'New from a template…',
    category: 'Graph',
    shortcuts: ['Alt+T'],
    run: () => showDialog({ type: 'gallery' }),
  },
  {
    id: 'document.model-folder',
    title: "New from a model's folder…",
    category: 'Graph',
    shortcuts: [],
    run: openModelFolder,
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
