import { useEffect, useState } from 'react';
import type { GraphCheck } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';
import { backend } from '../backend/client.ts';
import { useDocument } from '../store/document.ts';

const QUIET_MS = 200;

/** What a graph will need, before it runs; of the graph before it until the backend has answered. */
export function useGraphCheck(graph: GraphDocument | undefined): GraphCheck | undefined {
  const [check, setCheck] = useState<GraphCheck>();
  const path = useDocument((state) => state.path);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      if (!graph) return setCheck(undefined);
      const text = format(graph);
      // Where the connection is down the status bar says so.
      const asked = Promise.resolve().then(() => backend().graph.check({ text, path }));
      asked.then((found) => wanted && setCheck(found)).catch(() => {});
    }, QUIET_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [graph, path]);
  return check;
}
