import { useEffect, useLayoutEffect, useRef } from 'react';
import { type ReactFlowInstance, useReactFlow } from 'reactflow';
import type { NodeMode } from '../../graphs/document.ts';
import { subgraphName } from '../../graphs/subgraphs.ts';
import { hasModules } from '../modules/actions.ts';
import { useShown } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { useUi } from '../store/ui.ts';
import { commandItem, MenuList } from '../ui/menu.tsx';

const close = () => useUi.setState({ menu: undefined });

const OF_SUBGRAPHS = ['edit.open', 'subgraph.expand', 'subgraph.repeat', 'subgraph.save'];
const NONE = { kind: '' };

/** The menu of a node under the right mouse button; it acts on everything selected. */
export function NodeMenu() {
  const menu = useUi((state) => state.menu);
  const mode = useShown(({ nodes }) => nodes[menu?.node ?? '']?.mode);
  const kind = useShown(({ nodes }) => nodes[menu?.node ?? '']?.kind ?? '');
  const stands = useShown(({ nodes }) => subgraphName(nodes[menu?.node ?? ''] ?? NONE) !== undefined);
  const running = useRun((state) => state.active !== undefined);
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!menu) return;
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) close();
    };
    window.addEventListener('pointerdown', away, true);
    return () => window.removeEventListener('pointerdown', away, true);
  }, [menu]);
  useLayoutEffect(() => {
    if (menu && box.current) keepInWindow(box.current, menu);
  }, [menu]);
  if (!menu) return null;
  return (
    <div ref={box} className="context-menu">
      <MenuList
        close={close}
        items={[
          { ...commandItem('run.to-here', flow), disabled: running },
          { ...commandItem('run.from-here', flow), disabled: running },
          { ...commandItem('view.modules', flow), title: 'Look inside', disabled: !hasModules(kind) },
          'line',
          modeItem('bypass', mode, flow),
          modeItem('mute', mode, flow),
          'line',
          commandItem('edit.cut', flow),
          commandItem('edit.copy', flow),
          commandItem('edit.duplicate', flow),
          commandItem('edit.delete', flow),
          'line',
          commandItem('edit.rename', flow),
          commandItem('group.make', flow),
          commandItem('subgraph.collapse', flow),
          ...(stands ? OF_SUBGRAPHS.map((id) => commandItem(id, flow)) : []),
        ]}
      />
    </div>
  );
}

/** Pixels between the menu and the edges of the window. */
const EDGE = 8;

/** Puts the menu at a point, or as near to it as it is whole. */
function keepInWindow(box: HTMLElement, { x, y }: { readonly x: number; readonly y: number }): void {
  const { width = 0, height = 0 } = box.firstElementChild?.getBoundingClientRect() ?? {};
  box.style.left = `${Math.max(EDGE, Math.min(x, window.innerWidth - width - EDGE))}px`;
  box.style.top = `${Math.max(EDGE, Math.min(y, window.innerHeight - height - EDGE))}px`;
}

/** Says what the node is now; the same command lets it run again. */
function modeItem(mode: NodeMode, now: NodeMode | undefined, flow: ReactFlowInstance) {
  const item = commandItem(`edit.${mode}`, flow);
  return now === mode ? { ...item, title: `${item.title}: on` } : item;
}
