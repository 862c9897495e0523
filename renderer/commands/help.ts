import { showGuide } from '../guide/store.ts';
import { showDialog } from '../store/ui.ts';
import type { Command } from './command.ts';

export const help: readonly Command[] = [
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
