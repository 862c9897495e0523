import { useEffect } from 'react';
import { ReactFlowProvider, useReactFlow } from 'reactflow';
import { useConnection } from './backend/client.ts';
import { Canvas } from './canvas/canvas.tsx';
import { useClipboard } from './canvas/clipboard.ts';
import { NodeMenu } from './canvas/node-menu.tsx';
import { commands } from './commands.ts';
import { CompareView } from './compare/compare-view.tsx';
import { ComputeView } from './compute/compute-view.tsx';
import { openFirstExample } from './documents/actions.ts';
import { Dialogs } from './documents/dialogs.tsx';
import { holdDocument, keepDrafts, offerDrafts } from './documents/drafts.ts';
import { resumeGuide, watchSteps } from './guide/store.ts';
import { Inspector } from './inspector/inspector.tsx';
import { commandOfKey, isOnCanvas } from './keys.ts';
import { Palette } from './palette/palette.tsx';
import { StatusBar } from './runs/status-bar.tsx';
import { SearchPanel } from './search/search-panel.tsx';
import { watchDocument } from './store/check.ts';
import { endStep, hasUnsavedWork, useDocument } from './store/document.ts';
import { report, useUi } from './store/ui.ts';
import { watchLibrary } from './subgraphs/library.ts';
import { Timeline } from './timeline/timeline.tsx';
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
  const view = useUi((state) => state.view);
  // Another graph is drawn anew: its nodes may have the ids of those that were drawn before.
  const place = useDocument((state) => state.place.join('/'));
  useEffect(watchDocument, []);
  useEffect(keepDrafts, []);
  useEffect(holdDocument, []);
  useEffect(watchSteps, []);
  useStart();
  useEffect(watchLibrary, []);
  useKeys();
  useStepEnds();
  useClipboard();
  useLeaveGuard();
  return (
    <div className="app">
      <TopBar />
      <div className="workspace">
        <div className="work" inert={view !== 'canvas'}>
          {paletteOpen && <Palette />}
          <main>
            <Canvas key={place} />
            <SearchPanel />
            <Timeline />
          </main>
          {inspectorOpen && <Inspector key={place} />}
        </div>
        {view === 'compare' && <CompareView />}
        {view === 'compute' && <ComputeView />}
      </div>
      <StatusBar />
      <NodeMenu />
      <Dialogs />
      <Toasts />
    </div>
  );
}

/**
 * Once the backend is there: the first graph, and what an earlier window left unsaved. The templates stand in the top bar
 * and do not come by themselves: a graph that answers at the first Ctrl+Enter says more than a list of graphs.
 */
function useStart() {
  useEffect(() => {
    const open = async () => {
      stop();
      const { document } = useDocument.getState();
      if (Object.keys(document.nodes).length === 0) await openFirstExample();
      try {
        await resumeGuide();
        await offerDrafts();
      } catch (error) {
        report(error);
      }
    };
    const stop = useConnection.subscribe(({ status }) => status === 'connected' && void open());
    if (useConnection.getState().status === 'connected') void open();
    return stop;
  }, []);
}

function useKeys() {
  const flow = useReactFlow();
  useEffect(() => {
    const act = (event: KeyboardEvent) => {
      const command = commandOfKey(event, commands);
      if (!command) return;
      event.preventDefault();
      event.stopPropagation();
      command.run(flow);
    };
    // Before React Flow, which takes Ctrl+Enter on a node for the wish to deselect it.
    const actOnCanvas = (event: KeyboardEvent) => isOnCanvas(event.target) && act(event);
    window.addEventListener('keydown', actOnCanvas, true);
    window.addEventListener('keydown', act);
    return () => {
      window.removeEventListener('keydown', actOnCanvas, true);
      window.removeEventListener('keydown', act);
    };
  }, [flow]);
}

/** A step of undo ends where the hand goes elsewhere. */
function useStepEnds() {
  useEffect(() => {
    window.addEventListener('pointerdown', endStep, true);
    window.addEventListener('focusout', endStep);
    return () => {
      window.removeEventListener('pointerdown', endStep, true);
      window.removeEventListener('focusout', endStep);
    };
  }, []);
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
