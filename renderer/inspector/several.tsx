import { useReactFlow } from 'reactflow';
import { commandOf } from '../commands.ts';
import { useSelection } from '../store/selection.ts';
import { Keys } from '../ui/keys.tsx';

/** What is mostly done with several nodes; the rest stands in the palette of commands. */
const COMMANDS = [
  'group.make',
  'subgraph.collapse',
  'edit.duplicate',
  'edit.bypass',
  'edit.mute',
  'arrange.left',
  'arrange.top',
  'edit.delete',
];

/** Shown while more than one node is selected. */
export function Several() {
  const count = useSelection((state) => state.nodes.size);
  const flow = useReactFlow();
  return (
    <section className="inspector-head">
      <h2>{count} nodes selected</h2>
      <p className="dim">Drag one of them to move all.</p>
      {COMMANDS.map(commandOf).map((command) => (
        <button key={command.id} type="button" className="button outlined several" onClick={() => command.run(flow)}>
          {command.title} <Keys shortcut={command.shortcuts[0] ?? ''} />
        </button>
      ))}
    </section>
  );
}
