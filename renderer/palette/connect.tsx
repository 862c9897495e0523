import { Command } from 'cmdk';
import { useMemo } from 'react';
import { definitionOf } from '../../nodes/registry.ts';
import { connectWire } from '../canvas/wire-events.ts';
import { possibleWires } from '../canvas/wiring.ts';
import { shown } from '../store/document.ts';
import type { Wiring } from '../store/edits.ts';
import { portColour } from '../store/library.ts';
import { portsShown } from '../store/ports-shown.ts';
import { wireId } from '../store/selection.ts';
import { choose, Picker } from '../ui/picker.tsx';

/** Wires a node without a pointer: every wire that fits, from it and to it. */
export function Connect({ node }: { node: string }) {
  const wires = useMemo(() => possibleWires(node), [node]);
  return (
    <Picker
      title={`Wire ${node}`}
      placeholder={`A wire from or to ${node}`}
      none={wires.length > 0 ? 'No wire that fits is called that.' : 'No other node has a port that fits and is free.'}
    >
      {wires.map((wire) => (
        <Entry key={wireId(wire)} node={node} wire={wire} />
      ))}
    </Picker>
  );
}

function Entry({ node, wire }: { node: string; wire: Wiring }) {
  const document = shown();
  const { nodes } = document;
  const { source, sourcePort, target, targetPort } = wire;
  const outward = source === node;
  const [other, port] = outward ? [target, targetPort] : [source, sourcePort];
  const type = portsShown(document, source).outputs[sourcePort]?.type;
  const kind = nodes[other]?.kind ?? '';
  return (
    <Command.Item
      value={wireId(wire)}
      keywords={[source, sourcePort, target, targetPort, definitionOf(kind)?.title ?? kind]}
      onSelect={() => choose(() => connectWire(wire))}
    >
      <span className="dot" style={{ background: portColour(type ?? 'any') }} />
      <span>{outward ? `${sourcePort} → ${other}.${port}` : `${targetPort} ← ${other}.${port}`}</span>
      <span className="picker-note">{nodes[other]?.title ?? definitionOf(kind)?.title ?? kind}</span>
    </Command.Item>
  );
}
