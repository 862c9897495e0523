import { type ReactNode, useEffect, useRef } from 'react';
import { showDialog } from '../store/ui.ts';
import { Icon } from './icons.tsx';

export const closeModal = () => showDialog(undefined);

export function Modal({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  return (
    <dialog ref={box} className={`modal ${wide ? 'wide' : ''}`} aria-label={title} onClose={closeModal}>
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
