import { useEffect } from 'react';
import { useReactFlow, useStoreApi } from 'reactflow';

/** What stands in the middle of the canvas stays there when panels beside or under it open and the window changes. */
export function useCentred(): void {
  const flow = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    let before = store.getState();
    return store.subscribe((now) => {
      const { width, height } = before;
      if (now.width === width && now.height === height) return;
      before = now;
      // A canvas that was not drawn yet had no middle.
      if (width === 0 || height === 0 || now.width === 0 || now.height === 0) return;
      const { x, y, zoom } = flow.getViewport();
      void flow.setViewport({ x: x + (now.width - width) / 2, y: y + (now.height - height) / 2, zoom });
    });
  }, [flow, store]);
}
