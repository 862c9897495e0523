import type { ReactFlowInstance } from 'reactflow';
import { type Command, commands } from './commands.ts';
import { useUi } from './store/ui.ts';

const isMac = /Mac/.test(navigator.platform);

/** A shortcut as it is shown: `Mod+Shift+S` → `Ctrl`, `Shift`, `S`. */
export function shortcutWords(shortcut: string): readonly string[] {
  return (shortcut === '+' ? ['+'] : shortcut.split('+')).map((part) =>
    part === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : part === 'Escape' ? 'Esc' : part,
  );
}

/** Runs the command of a key. An open dialog has the keyboard to itself. */
export function handleKey(event: KeyboardEvent, flow: ReactFlowInstance): void {
  if (useUi.getState().dialog) return;
  const typing = isTyping(event.target);
  const isMeant = ({ shortcuts, whileTyping, ownsKey }: Command) =>
    shortcuts.some((shortcut) => fits(event, shortcut)) && (!typing || whileTyping) && ownsKey?.() !== false;
  const command = commands.find(isMeant);
  if (!command) return;
  event.preventDefault();
  command.run(flow);
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null;
}

function fits(event: KeyboardEvent, shortcut: string): boolean {
  const parts = shortcut.split('+');
  const key = parts.at(-1) || '+';
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const shiftMatters = /^[a-z]$/i.test(key) || key.length > 1;
  // Alt with a letter types another sign on a Mac: there the place of the key counts.
  const pressed =
    event.key.toLowerCase() === key.toLowerCase() || (event.altKey && event.code === `Key${key.toUpperCase()}`);
  return (
    pressed &&
    mod === parts.includes('Mod') &&
    event.altKey === parts.includes('Alt') &&
    (!shiftMatters || event.shiftKey === parts.includes('Shift'))
  );
}
