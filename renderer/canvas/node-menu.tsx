import { useEffect, useRef } from 'react';
import { startRun } from '../runs/actions.ts';
import { edit, useDocument } from '../store/document.ts';
import { duplicate, removeNodes } from '../store/edits.ts';
import { useRun } from '../store/run.ts';
import { selectOnly, useSelection } from '../store/selection.ts';
import { useUi } from '../store/ui.ts';
import { MenuList } from '../ui/menu.tsx';

const close = () => useUi.setState({ menu: undefined });

/** The menu of a node under the right mouse button; it acts on everything selected. */
export function NodeMenu() {
  const menu = useUi((state) => state.menu);
  const running = useRun((state) => state.active !== undefined);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!menu) return;
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) close();
    };
    window.addEventListener('pointerdown', away, true);
    return () => window.removeEventListener('pointerdown', away, true);
  }, [menu]);
  if (!menu) return null;
  const ids = useSelection.getState().nodes;
  return (
    <div ref={box} className="context-menu" style={{ left: menu.x, top: menu.y }}>
      <MenuList
        close={close}
        items={[
          { title: 'Run to here', shortcut: 'Mod+Shift+Enter', disabled: running, run: () => void startRun([...ids]) },
          'line',
          {
            title: 'Duplicate',
            shortcut: 'Mod+D',
            run: () => {
              const [document, copies] = duplicate(useDocument.getState().document, [...ids]);
              edit(() => document);
              selectOnly(...copies);
            },
          },
          { title: 'Delete', shortcut: 'Delete', run: () => edit((document) => removeNodes(document, ids)) },
        ]}
      />
    </div>
  );
}
