import { Panel, useReactFlow, useStore } from 'reactflow';
import { Icon } from '../ui/icons.tsx';
import { FIT } from './fit.ts';

export function ViewControls() {
  const { zoomIn, zoomOut, fitView, zoomTo } = useReactFlow();
  const zoom = useStore((state) => Math.round(state.transform[2] * 100));
  return (
    <Panel position="bottom-left" className="view-controls">
      <button
        type="button"
        className="button icon"
        onClick={() => void zoomOut()}
        aria-label="Zoom out"
        title="Zoom out (−)"
      >
        <span aria-hidden="true">−</span>
      </button>
      <button type="button" className="button num" onClick={() => void zoomTo(1)} title="Zoom to 100 % (0)">
        {zoom}%
      </button>
      <button
        type="button"
        className="button icon"
        onClick={() => void zoomIn()}
        aria-label="Zoom in"
        title="Zoom in (+)"
      >
        <Icon name="plus" />
      </button>
      <button type="button" className="button" onClick={() => void fitView(FIT)} title="Fit the graph in view (F)">
        Fit
      </button>
    </Panel>
  );
}
