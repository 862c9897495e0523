import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useReactFlow } from 'reactflow';
import { DRAG_KEPT } from '../canvas/canvas.tsx';
import { middleOfCanvas } from '../canvas/pointer.ts';
import { insertKept, type Kept, removeFromLibrary, renameInLibrary } from '../subgraphs/library.ts';
import { categoryColour, Icon } from '../ui/icons.tsx';

/** This user's own subgraphs. */
export function MyLibrary({ kept }: { kept: readonly Kept[] }) {
  return (
    <section style={{ '--cat': categoryColour('Subgraph') }}>
      <h3>My library</h3>
      {kept.map((each) => (
        <KeptEntry key={each.name} kept={each} />
      ))}
    </section>
  );
}

/** One of them: to be inserted, renamed (F2 too) or removed. */
function KeptEntry({ kept }: { kept: Kept }) {
  const [renaming, setRenaming] = useState(false);
  const entry = useRef<HTMLButtonElement>(null);
  const { screenToFlowPosition } = useReactFlow();
  const add = () => {
    const { x, y } = screenToFlowPosition(middleOfCanvas());
    insertKept(kept, [x, y]);
  };
  const renamed = () => {
    setRenaming(false);
    requestAnimationFrame(() => entry.current?.focus());
  };
  if (renaming) return <NewName kept={kept} done={renamed} />;
  return (
    <div className="palette-kept">
      <button
        ref={entry}
        type="button"
        className="palette-entry"
        draggable
        title={kept.description ? `${kept.title}: ${kept.description}` : kept.title}
        onClick={add}
        onKeyDown={(event) => {
          if (event.key !== 'F2') return;
          // Not the node that is selected on the canvas.
          event.stopPropagation();
          setRenaming(true);
        }}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_KEPT, kept.name);
          event.dataTransfer.effectAllowed = 'copy';
        }}
      >
        <span className="module-icon">
          <Icon name="subgraph" size={14} />
        </span>
        <span className="palette-kept-title">{kept.title}</span>
      </button>
      <button
        type="button"
        className="button icon"
        aria-label={`Rename ${kept.title} in the library`}
        title="Rename (F2)"
        onClick={() => setRenaming(true)}
      >
        <Icon name="pencil" size={12} />
      </button>
      <button
        type="button"
        className="button icon"
        aria-label={`Remove ${kept.title} from the library`}
        title="Remove from the library"
        onClick={() => void removeFromLibrary(kept)}
      >
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}

/** Enter, or leaving the field, takes the name; Escape leaves the one before. */
function NewName({ kept, done }: { kept: Kept; done: () => void }) {
  const [title, setTitle] = useState(kept.title);
  const field = useRef<HTMLInputElement>(null);
  const left = useRef(false);
  useEffect(() => field.current?.select(), []);
  const leave = (taken: boolean) => {
    // The field loses the focus when it goes.
    if (left.current) return;
    left.current = true;
    if (taken) void renameInLibrary(kept, title.trim());
    done();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // What is typed here is no shortcut, and undo is the field's own.
    event.stopPropagation();
    if (event.key === 'Enter') leave(true);
    if (event.key === 'Escape') leave(false);
  };
  return (
    <div className="palette-kept">
      <input
        ref={field}
        className="field"
        value={title}
        aria-label={`New name of ${kept.title}`}
        onChange={({ target }) => setTitle(target.value)}
        onBlur={() => leave(true)}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}
