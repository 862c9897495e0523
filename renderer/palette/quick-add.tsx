import { Command } from 'cmdk';
import { useReactFlow } from 'reactflow';
import { insertNode, spliced, wantedAt, wantedIn, wireTo } from '../canvas/insertion.ts';
import { useShown } from '../store/document.ts';
import type { Point } from '../store/edits.ts';
import { type Choice, choices } from '../store/fitting.ts';
import { portColour, portsOf } from '../store/library.ts';
import type { QuickAddPlace } from '../store/ui.ts';
import { categoryColour, Icon } from '../ui/icons.tsx';
import { choose, Picker } from '../ui/picker.tsx';

/** From the corner of a node to its first port, and half its width, in pixels of the canvas. */
const TO_PORT = 62;
const HALF_WIDTH = 124;

/** Adds a node at a point by its name: any kind, or, at the end of a wire or on one, the kinds that fit there. */
export function QuickAdd({ at, end, wire }: QuickAddPlace) {
  const flow = useReactFlow();
  const document = useShown((graph) => graph);
  const wanted = end ? wantedAt(end) : wire ? wantedIn(document, wire) : {};
  const add = (choice: Choice) => {
    const { x, y } = flow.screenToFlowPosition(at);
    const corner: Point = end
      ? [end.side === 'source' ? x : x - 2 * HALF_WIDTH, y - TO_PORT]
      : wire
        ? [x - HALF_WIDTH, y - TO_PORT]
        : [x, y];
    const { kind } = choice.definition;
    if (end) insertNode(kind, corner, wireTo(end, choice));
    else insertNode(kind, corner, (current, id) => (wire ? spliced(current, wire, id) : current));
  };
  const offered = wanted ? choices(wanted) : [];
  const fits = end !== undefined || wire !== undefined;
  return (
    <Picker
      title="Add a node"
      placeholder={fits ? 'Add a node that fits' : 'Add a node'}
      none={fits ? 'No kind of that name fits here.' : 'No kind is called that.'}
      at={{ ...at, rows: offered.length }}
    >
      {offered.map((choice) => (
        <Entry key={choice.definition.kind} choice={choice} add={() => choose(() => add(choice))} />
      ))}
    </Picker>
  );
}

function Entry({ choice, add }: { choice: Choice; add: () => void }) {
  const { kind, title, category, doc } = choice.definition;
  const { inputs, outputs } = portsOf({ kind });
  const port = choice.input ?? choice.output;
  const type = choice.input ? inputs[choice.input]?.type : choice.output && outputs[choice.output]?.type;
  return (
    <Command.Item
      value={title}
      keywords={[kind, category]}
      onSelect={add}
      data-kind={kind}
      title={doc}
      style={{ '--cat': categoryColour(category) }}
    >
      <span className="module-icon">
        <Icon name={category} size={14} />
      </span>
      <span>{title}</span>
      <span className="picker-note">
        {port && type ? (
          <>
            {port} <span className="dot" style={{ background: portColour(type) }} />
          </>
        ) : (
          category
        )}
      </span>
    </Command.Item>
  );
}
