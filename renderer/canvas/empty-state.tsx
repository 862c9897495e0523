import { commandOf } from '../commands.ts';
import { showDialog } from '../store/ui.ts';
import { Keys } from '../ui/keys.tsx';

/** What a person reads on an empty canvas. */
export function EmptyState() {
  return (
    <div className="empty">
      <h2>Draw a pipeline, run it, read what it costs</h2>
      <ol>
        <li>
          Drag an Image, a Vision encoder, a Projector and an LLM from the left onto this canvas, or double-click here
          and type.
        </li>
        <li>Pull a wire from an output to an input of the same colour. What does not fit says why.</li>
        <li>
          Press <Keys shortcut={commandOf('run.start').shortcuts[0] ?? ''} />: every node shows its tokens, latency and
          output.
        </li>
      </ol>
      <button type="button" className="button outlined" onClick={() => showDialog({ type: 'gallery' })}>
        Begin with a template <Keys shortcut={commandOf('document.templates').shortcuts[0] ?? ''} />
      </button>
    </div>
  );
}
