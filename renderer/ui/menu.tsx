import { useEffect, useId, useRef, useState } from 'react';
import type { ReactFlowInstance } from 'reactflow';
import { commandOf } from '../commands.ts';
import { Icon } from './icons.tsx';
import { Keys } from './keys.tsx';

export interface MenuItem {
  readonly title: string;
  readonly note?: string;
  readonly detail?: string;
  readonly shortcut?: string;
  readonly disabled?: boolean;
  run(): void;
}

/** A command as an entry of a menu. */
export function commandItem(id: string, flow: ReactFlowInstance): MenuItem {
  const command = commandOf(id);
  return { title: command.title, shortcut: command.shortcuts[0], run: () => command.run(flow) };
}

/** A button with a list under it: arrow keys move, Escape and a click elsewhere close. */
export function Menu({ label, items, wide }: { label: string; items: readonly (MenuItem | 'line')[]; wide?: boolean }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    window.addEventListener('pointerdown', close, true);
    return () => window.removeEventListener('pointerdown', close, true);
  }, [open]);
  return (
    <div className="menu" ref={box}>
      <button
        type="button"
        className="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label} <Icon name="chevron" size={12} />
      </button>
      {open && <MenuList id={id} items={items} wide={wide} close={() => setOpen(false)} />}
    </div>
  );
}

interface MenuListProps {
  readonly id?: string;
  readonly items: readonly (MenuItem | 'line')[];
  readonly wide?: boolean;
  readonly close: () => void;
}

/** Takes the focus; Escape gives it back. */
export function MenuList({ id, items, wide, close }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    list.current?.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus();
  }, []);
  return (
    <div
      ref={list}
      id={id}
      className={`menu-list ${wide ? 'wide' : ''}`}
      role="menu"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          close();
          if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
        } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
          moveFocus(event.currentTarget, event.key === 'ArrowDown' ? 1 : -1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {items.map((item, index) =>
        item === 'line' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <hr key={index} />
        ) : (
          <button
            key={item.title}
            type="button"
            role="menuitem"
            disabled={item.disabled}
            onClick={() => {
              close();
              item.run();
            }}
          >
            <span>{item.title}</span>
            {item.note && <span className="menu-note num">{item.note}</span>}
            {item.shortcut && (
              <span className="menu-keys">
                <Keys shortcut={item.shortcut} />
              </span>
            )}
            {item.detail && <span className="menu-detail">{item.detail}</span>}
          </button>
        ),
      )}
    </div>
  );
}

function moveFocus(list: HTMLElement, by: number): void {
  const items = [...list.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + by + items.length) % items.length]?.focus();
}
