import type { Command } from './commands/command.ts';
import { useUi } from './store/ui.ts';

const isMac = /Mac/.test(navigator.platform);

const SHOWN: Readonly<Record<string, string>> = { Escape: 'Esc', '-': '−' };

/** A shortcut as it is shown: `Mod+Shift+S` → `Ctrl`, `Shift`, `S`. */
export function shortcutWords(shortcut: string): readonly string[] {
  return (shortcut === '+' ? ['+'] : shortcut.split('+')).map((part) =>
    part === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : (SHOWN[part] ?? part),
  );
}

/** The command that a key means now, if any. An open dialog has the keyboard to itself. */
export function commandOfKey(event: KeyboardEvent, commands: readonly Command[]): Command | undefined {
  const { dialog, view } = useUi.getState();
  if (dialog) return undefined;
  const typing = isTyping(event.target);
  const isMeant = ({ shortcuts, whileTyping, everywhere, ownsKey }: Command) =>
    (view === 'canvas' || everywhere) &&
    shortcuts.some((shortcut) => fits(event, shortcut)) &&
    (!typing || whileTyping) &&
    ownsKey?.() !== false;
  return commands.find(isMeant);
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null;
}

/** Whether a node or a wire has the focus, and nothing in it that is typed in. */
export function isOnCanvas(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.react-flow') !== null && !isTyping(target);
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
