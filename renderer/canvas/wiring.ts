import type { GraphDocument } from '../../graphs/document.ts';
import { refusal } from '../../nodes/ports.ts';
import { shown } from '../store/document.ts';
import { sourcesAt, type Wiring } from '../store/edits.ts';
import { portsShown } from '../store/ports-shown.ts';
import type { PendingWire } from '../store/ui.ts';

/** Why this wire cannot be drawn, in words; `undefined` where it can. */
export function whyRefused(wiring: Wiring): string | undefined {
  const document = shown();
  const source = document.nodes[wiring.source];
  const target = document.nodes[wiring.target];
  if (!source || !target) return undefined;
  if (wiring.source === wiring.target) return 'A node cannot feed itself';
  const output = portsShown(document, wiring.source).outputs[wiring.sourcePort];
  const input = portsShown(document, wiring.target).inputs[wiring.targetPort];
  if (!output || !input) return 'This node is of a kind that is not known here, so its ports take no new wires';
  return (
    refusal(output.type, input) ??
    (feeds(document, wiring.target, wiring.source)
      ? `This would close a cycle: ${wiring.target} already feeds ${wiring.source}`
      : undefined)
  );
}

/** Every wire that may be drawn from or to a node and is not there yet; inputs that wait for a wire come first. */
export function possibleWires(id: string): readonly Wiring[] {
  const document = shown();
  const between = (source: string, target: string): Wiring[] =>
    Object.keys(portsShown(document, source).outputs).flatMap((sourcePort) =>
      Object.keys(portsShown(document, target).inputs).map((targetPort) => ({
        source,
        sourcePort,
        target,
        targetPort,
      })),
    );
  const sourcesOf = ({ target, targetPort }: Wiring) => sourcesAt(document.nodes[target] ?? { kind: '' }, targetPort);
  return Object.keys(document.nodes)
    .flatMap((other) => [...between(id, other), ...between(other, id)])
    .filter((wire) => !whyRefused(wire) && !sourcesOf(wire).includes(`${wire.source}.${wire.sourcePort}`))
    .sort((one, other) => sourcesOf(one).length - sourcesOf(other).length);
}

export function wiringBetween(pending: PendingWire, node: string, port: string): Wiring {
  return pending.side === 'source'
    ? { source: pending.node, sourcePort: pending.port, target: node, targetPort: port }
    : { source: node, sourcePort: port, target: pending.node, targetPort: pending.port };
}

/** Whether data of `from` reach `to`. */
function feeds(document: GraphDocument, from: string, to: string): boolean {
  const seen = new Set<string>();
  const waiting = [to];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === from) return true;
    const node = document.nodes[id];
    if (!node || seen.has(id)) continue;
    seen.add(id);
    for (const port of Object.keys(node.inputs ?? {})) {
      for (const source of sourcesAt(node, port)) waiting.push(source.slice(0, source.indexOf('.')));
    }
  }
  return false;
}
