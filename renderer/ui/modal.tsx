import { type ReactNode, type SyntheticEvent, useEffect, useRef } from 'react';
import { showDialog } from '../store/ui.ts';
import { Icon } from './icons.tsx';

export const closeModal = () => showDialog(undefined);

/** On Escape: the browser tells of the closing (`close`) only after a key that is pressed next. */
export function closeAtOnce({ target, currentTarget }: SyntheticEvent<HTMLDialogElement>): void {
  // A choice of files inside the dialog can be cancelled, too.
  if (target !== currentTarget) return;
  currentTarget.close();
  closeModal();
}

/** For a button that ends a dialog by doing something. */
export const closeThen = (act: () => void) => () => {
  closeModal();
  act();
};

interface ModalProps {
  readonly title: string;
  readonly wide?: boolean;
  /** As large as the window. */
  readonly whole?: boolean;
  readonly children: ReactNode;
}

export function Modal({ title, wide, whole, children }: ModalProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
    // Where something is to be filled in, the hand begins there and not at the button that closes.
    box.current?.querySelector<HTMLElement>('.field:not(:disabled)')?.focus();
  }, []);
  return (
    <dialog
      ref={box}
      className={`modal ${whole ? 'whole' : wide ? 'wide' : ''}`}
      aria-label={title}
      onCancel={closeAtOnce}
      onClose={closeModal}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" className="button icon" aria-label="Close" onClick={closeModal}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
