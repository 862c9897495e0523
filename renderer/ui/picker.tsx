import { Command } from 'cmdk';
import { type ReactNode, useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import { closeAtOnce, closeModal } from './modal.tsx';

interface PickerProps {
  readonly title: string;
  readonly placeholder: string;
  /** What is said where nothing matches. */
  readonly none: string;
  /** Its corner in pixels of the window, for a list of so many rows; else it stands in the middle of the upper half. */
  readonly at?: { readonly x: number; readonly y: number; readonly rows: number };
  readonly children: ReactNode;
}

/** A list that is searched by typing: arrow keys move, Enter chooses, Escape and a click elsewhere close. */
export function Picker({ title, placeholder, none, at, children }: PickerProps) {
  const box = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    input.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on what lies behind; Escape is its key
    <dialog
      ref={box}
      className={`picker ${at ? 'placed' : ''}`}
      style={at && { '--x': `${at.x}px`, '--y': `${at.y}px`, '--rows': at.rows }}
      aria-label={title}
      onCancel={closeAtOnce}
      onClose={closeModal}
      onClick={(event) => event.target === event.currentTarget && closeModal()}
    >
      <Command label={title} loop>
        <Command.Input ref={input} placeholder={placeholder} />
        <Command.List label={title}>{children}</Command.List>
        <Command.Empty>{none}</Command.Empty>
      </Command>
    </dialog>
  );
}

/**
 * Closes the list, then does what was chosen with the focus where it was before. At once: what is typed next may open
 * another list, and that would have the clipboard to itself.
 */
export function choose(act: () => void): void {
  flushSync(closeModal);
  act();
}
