import type { NodeDefinition } from '../../nodes/definition.ts';
import { type InputPort, type Ports, type PortType, refusal } from '../../nodes/ports.ts';
import { definitions } from '../../nodes/registry.ts';
import { portsOf } from './library.ts';

/** A kind of node with the ports by which it would be wired. */
export interface Choice {
  readonly definition: Pick<NodeDefinition, 'kind' | 'title' | 'category' | 'doc'>;
  readonly ports: Ports;
  readonly input?: string;
  readonly output?: string;
}

/** What a new node must take and give: either is free where it is left out. */
export interface Wanted {
  readonly takes?: PortType | 'any';
  readonly gives?: InputPort;
}

/** The kinds that fit, with the ports that fit best. */
export function choices(wanted: Wanted, kinds = definitions): readonly Choice[] {
  return kinds.flatMap((definition) => {
    const ports = portsOf({ kind: definition.kind });
    const fitting = fittingPorts(ports, wanted);
    return fitting ? [{ definition, ports, ...fitting }] : [];
  });
}

/** Names of the ports that fit best: of that very type before others, needed before optional, in their order. */
export function fittingPorts(
  { inputs, outputs }: Ports,
  { takes, gives }: Wanted,
): { readonly input?: string; readonly output?: string } | undefined {
  const input = takes && best(inputs, (port) => (refusal(takes, port) ? undefined : distance(takes, port)));
  const output = gives && best(outputs, (port) => (refusal(port.type, gives) ? undefined : distance(port.type, gives)));
  if ((takes && input === undefined) || (gives && output === undefined)) return undefined;
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

function distance(type: PortType | 'any', port: InputPort): number {
  const exact = port.type !== 'any' && type !== 'any' && [port.type].flat().includes(type);
  return (exact ? 0 : 2) + (port.optional ? 1 : 0);
}

function best<T>(ports: Readonly<Record<string, T>>, rank: (port: T) => number | undefined): string | undefined {
  const ranked = Object.entries(ports).flatMap(([name, port]) => {
    const at = rank(port);
    return at === undefined ? [] : [{ name, at }];
  });
  return ranked.sort((a, b) => a.at - b.at)[0]?.name;
}
