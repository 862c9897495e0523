import { memo } from 'react';
import { Handle, type NodeProps, Position } from 'reactflow';
import type { GraphNode } from '../../graphs/document.ts';
import type { Idle } from '../../graphs/modes.ts';
import { isPort, subgraphName } from '../../graphs/subgraphs.ts';
import { HANDLE_TYPES, type InputPort, type OutputPort } from '../../nodes/ports.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { shortName } from '../models/store.ts';
import { flatId, shown, useShown } from '../store/document.ts';
import { paramsOf, portColour, titleOf, typeName } from '../store/library.ts';
import { useIdleMode, useIdleReason } from '../store/modes.ts';
import { graphCalled, subgraphOf } from '../store/place.ts';
import { usePorts } from '../store/ports-shown.ts';
import { useRun } from '../store/run.ts';
import { useUi } from '../store/ui.ts';
import { openItem } from '../subgraphs/actions.ts';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import type { FlowNode } from './flow.ts';
import { NodeBody } from './node-body.tsx';
import { NodeFooter } from './node-footer.tsx';
import { whyRefused, wiringBetween } from './wiring.ts';

/** Counts how often each node was drawn: `window.patchbayRenders`, read by the test that a drag redraws one node only. */
declare global {
  interface Window {
    patchbayRenders?: Record<string, number>;
  }
}

function countRender(id: string): void {
  if (window.patchbayRenders) window.patchbayRenders[id] = (window.patchbayRenders[id] ?? 0) + 1;
}

export const ModuleNode = memo(function ModuleNode({ id, selected }: NodeProps<FlowNode>) {
  const node = useShown((graph) => graph.nodes[id]);
  // Of a node of its own the title changes with the node alone; a subgraph's stands in what it stands for.
  const title = useShown((graph) => titleOf(graph, id));
  const phase = useRun((state) => state.nodes[flatId(id)]?.phase);
  const status = useRun((state) => state.nodes[flatId(id)]?.report?.status);
  const mode = useIdleMode(id);
  const reason = useIdleReason(id);
  countRender(id);
  if (!node) return null;
  const definition = definitionOf(node.kind);
  const state = mode ? 'idle' : phase && phase !== 'done' ? phase : (status ?? 'idle');
  return (
    <article
      className={`module ${definition ? '' : 'broken'} ${selected ? 'selected' : ''}`}
      data-state={state}
      data-mode={mode}
      data-kind={node.kind}
      data-title={title}
      aria-label={`${title}, ${reason === undefined ? state : `does not run: ${reason}`}`}
      style={{ '--cat': definition ? categoryColour(definition.category) : 'var(--bad)' }}
    >
      <header className="module-head">
        <span className="module-icon">
          <Icon name={kindIcon(node.kind)} />
        </span>
        <div className="module-names">
          <div className="module-title">{title}</div>
          <div className="module-sub" title={String(node.params?.model ?? '') || undefined}>
            {subgraphName(node) !== undefined ? <Contents node={node} /> : subtitle(id, node)}
          </div>
        </div>
        {subgraphName(node) !== undefined && (
          <button
            type="button"
            className="button icon nodrag"
            aria-label={`Open ${title}`}
            title="Open (Enter or a double click)"
            onClick={() => openItem(id)}
          >
            <Icon name="enter" size={14} />
          </button>
        )}
        <StatusMark state={state} />
      </header>
      <PortRows id={id} node={node} />
      <NodeBody id={id} node={node} />
      {mode ? <footer className="module-foot module-mode">{modeWords(mode, reason)}</footer> : <NodeFooter id={id} />}
    </article>
  );
});

/** `Muted`, `Bypassed: image passes through`, `Does not run: photo is muted`. */
function modeWords(mode: Idle['mode'], reason = ''): string {
  return mode === 'waits' ? `Does not run: ${reason}` : reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** What tells this node from others of its kind: its model, else its first choice from a list, else its id. */
function subtitle(id: string, node: GraphNode): string {
  const definition = definitionOf(node.kind);
  if (!definition) return `There is no node kind “${node.kind}” here`;
  const params = paramsOf(node);
  const naming = ['model', 'preset', 'design'].map((name) => params[name]).find((value) => typeof value === 'string');
  if (isPort(node)) return `${definition.title} of this subgraph`;
  if (typeof naming === 'string' && naming) return shortName(naming);
  return id;
}

/** What is in a subgraph. */
function Contents({ node }: { node: GraphNode }) {
  return useShown((graph) => {
    const name = subgraphName(node) ?? '';
    if (!subgraphOf(graph, name)) return `There is no subgraph “${name}” here`;
    const inner = graphCalled(graph, name);
    const titles = Object.keys(inner.nodes).filter((each) => inner.nodes[each] && !isPort(inner.nodes[each]));
    return titles.map((each) => titleOf(inner, each)).join(' · ') || 'Empty';
  });
}

function StatusMark({ state }: { state: string }) {
  if (state === 'idle') return null;
  return (
    <span className={`mark ${state}`} role="img" aria-label={state} title={state}>
      {state === 'finished' || state === 'reused' ? (
        <Icon name="check" size={12} />
      ) : state === 'failed' ? (
        <Icon name="alert" size={12} />
      ) : (
        <span className="ring" />
      )}
    </span>
  );
}

function PortRows({ id, node }: { id: string; node: GraphNode }) {
  const ports = usePorts(id);
  const inputs = Object.entries(ports.inputs);
  const outputs = Object.entries(ports.outputs);
  return (
    <div className="ports">
      <div>
        {withUnknown(inputs, Object.keys(node.inputs ?? {})).map(([name, port]) => (
          <PortRow key={name} id={id} name={name} port={port} side="target" />
        ))}
      </div>
      <div>
        {withTaken(id, outputs).map(([name, port]) => (
          <PortRow key={name} id={id} name={name} port={port} side="source" />
        ))}
      </div>
    </div>
  );
}

/** Wires into ports that are not there stay visible: they get a port of any type. */
function withUnknown(inputs: [string, InputPort][], wired: readonly string[]): [string, InputPort][] {
  const missing = wired.filter((name) => !inputs.some(([known]) => known === name));
  return [...inputs, ...missing.map((name): [string, InputPort] => [name, { type: 'any', doc: 'Not known here' }])];
}

/** Outputs that other nodes take and that are not there stay visible too: of an unknown kind, or of a changed subgraph. */
function withTaken(id: string, outputs: [string, OutputPort][]): [string, OutputPort][] {
  const taken = new Set<string>();
  for (const node of Object.values(shown().nodes)) {
    for (const input of Object.values(node.inputs ?? {})) {
      for (const source of typeof input === 'string' ? [input] : input) {
        if (source.startsWith(`${id}.`)) taken.add(source.slice(id.length + 1));
      }
    }
  }
  const missing = [...taken].filter((name) => !outputs.some(([known]) => known === name));
  return [...outputs, ...missing.map((name): [string, OutputPort] => [name, { type: 'any', doc: 'Not known here' }])];
}

interface PortRowProps {
  readonly id: string;
  readonly name: string;
  readonly port: InputPort | OutputPort;
  readonly side: 'source' | 'target';
}

function PortRow({ id, name, port, side }: PortRowProps) {
  const fit = useUi(({ pending }) => {
    if (!pending) return 'idle';
    if (pending.node === id && pending.port === name && pending.side === side) return 'idle';
    if (pending.side === side) return 'refused';
    return whyRefused(wiringBetween(pending, id, name)) ? 'refused' : 'fits';
  });
  const input = side === 'target' ? (port as InputPort) : undefined;
  const thick = port.type !== 'any' && [port.type].flat().some((type) => HANDLE_TYPES.has(type));
  const needed = input && !input.optional;
  return (
    <div className={`port ${side}`} data-fit={fit} title={`${name}: ${typeName(port.type)}. ${port.doc}`}>
      <Handle
        type={side}
        id={name}
        position={side === 'source' ? Position.Right : Position.Left}
        className={`${thick ? 'thick' : ''} ${input?.multiple ? 'multiple' : ''}`}
        style={{ '--port': portColour(port.type) }}
        role="img"
        aria-label={`${side === 'source' ? 'Output' : 'Input'} ${name}, ${typeName(port.type)}`}
      />
      <span>
        {name}
        {needed ? '' : <i> {input ? 'optional' : ''}</i>}
      </span>
    </div>
  );
}
