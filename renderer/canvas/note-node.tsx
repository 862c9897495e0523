import { memo } from 'react';
import { type NodeProps, NodeResizer } from 'reactflow';
import { edit, useShown } from '../store/document.ts';
import { itemOf, setItem } from '../store/items.ts';
import { useUi } from '../store/ui.ts';
import { tint } from '../ui/tints.ts';
import type { FlowNode } from './flow.ts';
import { Marked } from './marked.tsx';
import { resized } from './resized.ts';

/** Words on the canvas: read as Markdown, written as text after a double click or Enter. */
export const NoteNode = memo(function NoteNode({ id, selected }: NodeProps<FlowNode>) {
  const note = useShown((graph) => graph.notes?.[itemOf(id)?.id ?? '']);
  const writing = useUi((state) => state.writing === id);
  if (!note) return null;
  return (
    <>
      <NodeResizer isVisible={selected} minWidth={120} minHeight={60} onResizeEnd={resized(id)} />
      <section
        className={`note ${selected ? 'selected' : ''}`}
        style={{ '--tint': tint(note.colour ?? 'yellow') }}
        aria-label={`Note: ${note.text.slice(0, 60)}`}
      >
        {writing ? (
          <textarea
            className="nodrag nowheel"
            aria-label="Text of this note"
            value={note.text}
            // biome-ignore lint/a11y/noAutofocus: it is there because a person asked to write in it
            autoFocus
            onChange={({ target }) => edit((graph) => setItem(graph, id, { text: target.value }), `${id} text`)}
            onBlur={() => useUi.setState({ writing: undefined })}
            onKeyDown={(event) => {
              if (event.key === 'Escape') event.currentTarget.blur();
              if (!(event.ctrlKey || event.metaKey)) event.stopPropagation();
            }}
          />
        ) : (
          <div className="note-text nowheel">
            {note.text ? <Marked text={note.text} /> : <p className="dim">Double-click to write</p>}
          </div>
        )}
      </section>
    </>
  );
});
