import { useEffect, useRef } from 'react';
import { useReactFlow } from 'reactflow';
import { useRun } from '../store/run.ts';
import { useUi } from '../store/ui.ts';
import { commandItem, MenuList } from '../ui/menu.tsx';

const close = () => useUi.setState({ menu: undefined });

/** The menu of a node under the right mouse button; it acts on everything selected. */
export function NodeMenu() {
  const menu = useUi((state) => state.menu);
  const running = useRun((state) => state.active !== undefined);
  const flow = useReactFlow();
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
  return (
    <div ref={box} className="context-menu" style={{ left: menu.x, top: menu.y }}>
      <MenuList
        close={close}
        items={[
          { ...commandItem('run.to-here', flow), disabled: running },
          'line',
          commandItem('edit.cut', flow),
          commandItem('edit.copy', flow),
          commandItem('edit.duplicate', flow),
          commandItem('edit.delete', flow),
        ]}
      />
    </div>
  );
}
