import { useRef } from 'react';
import type { GraphDocument } from '../../graphs/document.ts';
import type { Ports } from '../../nodes/ports.ts';
import { useCheck } from './check.ts';
import { flatId, useDocument, useShown } from './document.ts';
import { levelsOf } from './place.ts';
import { portsIn } from './ports.ts';

/** Ports of a node of the graph that is looked at, or of a graph that it is to become. */
export function portsShown(graph: GraphDocument, id: string): Ports {
  const { document, place } = useDocument.getState();
  const checks = useCheck.getState().nodes;
  const names = levelsOf(document, place).map(({ name }) => name);
  return portsIn(graph, id, (flat) => checks[flat]?.facts, flatId(''), names);
}

/** The same, for what draws them: the same object as long as they are. */
export function usePorts(id: string): Ports {
  const last = useRef<Ports>(undefined);
  const stable = (ports: Ports) => {
    if (!last.current || JSON.stringify(last.current) !== JSON.stringify(ports)) last.current = ports;
    return last.current;
  };
  useCheck((state) => state.nodes[flatId(id)]?.facts);
  return useShown((graph) => stable(portsShown(graph, id)));
}
