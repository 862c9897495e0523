import { useEffect } from 'react';
import { ReactFlowProvider, useReactFlow } from 'reactflow';
import { useConnection } from './backend/client.ts';
import { Canvas } from './canvas/canvas.tsx';
import { NodeMenu } from './canvas/node-menu.tsx';
import { type Command, handleKey } from './commands.ts';
import { openExample } from './documents/actions.ts';
import { Dialogs } from './documents/dialogs.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { Palette } from './palette/palette.tsx';
import { StatusBar } from './runs/status-bar.tsx';
import { watchDocument } from './store/check.ts';
import { hasUnsavedWork, useDocument } from './store/document.ts';
import { useUi } from './store/ui.ts';
import { TopBar } from './topbar/top-bar.tsx';
import { Toasts } from './ui/toasts.tsx';

export function App() {
  return (
    <ReactFlowProvider>
      <Workbench />
    </ReactFlowProvider>
  );
}

function Workbench() {
  const paletteOpen = useUi((state) => state.paletteOpen);
  const inspectorOpen = useUi((state) => state.inspectorOpen);
  useEffect(watchDocument, []);
  useFirstExample();
  useKeys();
  useLeaveGuard();
  return (
    <div className="app">
      <TopBar />
      <div className="work">
        {paletteOpen && <Palette />}
        <main>
          <Canvas />
        </main>
        {inspectorOpen && <Inspector />}
      </div>
      <StatusBar />
      <NodeMenu />
      <Dialogs />
      <Toasts />
    </div>
  );
}

const FIRST_EXAMPLE = 'start';

/** The example a first start opens with; never over work that has begun. */
function useFirstExample() {
  useEffect(() => {
    const open = () => {
      stop();
      const { document } = useDocument.getState();
      if (Object.keys(document.nodes).length === 0) void openExample(FIRST_EXAMPLE, false);
    };
    const stop = useConnection.subscribe(({ status }) => status === 'connected' && open());
    if (useConnection.getState().status === 'connected') open();
    return stop;
  }, []);
}

function useKeys() {
  const { zoomIn, zoomOut, zoomTo, fitView } = useReactFlow();
  useEffect(() => {
    const view: readonly Command[] = [
      { id: 'view.zoom-in', title: 'Zoom in', shortcut: '+', run: () => void zoomIn() },
      { id: 'view.zoom-in-plain', title: 'Zoom in', shortcut: '=', run: () => void zoomIn() },
      { id: 'view.zoom-out', title: 'Zoom out', shortcut: '-', run: () => void zoomOut() },
      { id: 'view.zoom-actual', title: 'Zoom to 100 %', shortcut: '0', run: () => void zoomTo(1) },
      {
        id: 'view.fit',
        title: 'Fit the graph in view',
        shortcut: 'F',
        run: () => void fitView({ padding: 0.12, maxZoom: 1 }),
      },
    ];
    const listen = (event: KeyboardEvent) => handleKey(event, view);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [zoomIn, zoomOut, zoomTo, fitView]);
}

function useLeaveGuard() {
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      if (hasUnsavedWork(useDocument.getState())) event.preventDefault();
    };
    window.addEventListener('beforeunload', guard);
    return () => window.removeEventListener('beforeunload', guard);
  }, []);
}
