import { Command } from 'cmdk';
import { useReactFlow } from 'reactflow';
import type { GraphDocument } from '../../graphs/document.ts';
import { insertNode, spliced, wantedAt, wantedIn, wireTo } from '../canvas/insertion.ts';
import { useShown } from '../store/document.ts';
import type { Point } from '../store/edits.ts';
import { type Choice, choices } from '../store/fitting.ts';
import { portColour } from '../store/library.ts';
import type { QuickAddPlace } from '../store/ui.ts';
import { insertKept, type Kept, keptChoices, useLibrary } from '../subgraphs/library.ts';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import { choose, Picker } from '../ui/picker.tsx';
import { useKinds } from './kinds.ts';

/** From the corner of a node to its first port, and half its width, in pixels of the canvas. */
const TO_PORT = 62;
const HALF_WIDTH = 124;

/** Adds a node at a point by its name: any kind, or, at the end of a wire or on one, the kinds that fit there. */
export function QuickAdd({ at, end, wire }: QuickAddPlace) {
  const flow = useReactFlow();
  const document = useShown((graph) => graph);
  const kinds = useKinds();
  const kept = useLibrary((state) => state.kept);
  const wanted = end ? wantedAt(end) : wire ? wantedIn(document, wire) : {};
  const add = (choice: Offered) => {
    const { x, y } = flow.screenToFlowPosition(at);
    const corner: Point = end
      ? [end.side === 'source' ? x : x - 2 * HALF_WIDTH, y - TO_PORT]
      : wire
        ? [x - HALF_WIDTH, y - TO_PORT]
        : [x, y];
    const wired = end
      ? wireTo(end, choice)
      : (current: GraphDocument, id: string) => (wire ? spliced(current, wire, id) : current);
    if (choice.kept) insertKept(choice.kept, corner, wired);
    else insertNode(choice.definition.kind, corner, wired);
  };
  const offered: readonly Offered[] = wanted ? [...choices(wanted, kinds), ...keptChoices(kept, wanted)] : [];
  const fits = end !== undefined || wire !== undefined;
  return (
    <Picker
      title="Add a node"
      placeholder={fits ? 'Add a node that fits' : 'Add a node'}
      none={fits ? 'No kind of that name fits here.' : 'No kind is called that.'}
      at={{ ...at, rows: offered.length }}
    >
      {offered.map((choice) => (
        <Entry
          key={choice.kept?.name ?? choice.definition.kind}
          choice={choice}
          add={() => choose(() => add(choice))}
        />
      ))}
    </Picker>
  );
}

/** A kind, or a subgraph of the library. */
type Offered = Choice & { readonly kept?: Kept };

function Entry({ choice, add }: { choice: Offered; add: () => void }) {
  const { kind, title, category, doc } = choice.definition;
  const { inputs, outputs } = choice.ports;
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
        <Icon name={choice.kept ? 'subgraph' : kindIcon(kind)} size={14} />
      </span>
      <span>{title}</span>
      <span className="picker-note">
        {port && type ? (
          <>
            {port} <span className="dot" style={{ background: portColour(type) }} />
          </>
        ) : (
          (choice.kept && 'My library') || category
        )}
      </span>
    </Command.Item>
  );
}
