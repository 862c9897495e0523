import { commandOf } from '../commands.ts';
import { openExample } from '../documents/actions.ts';
import { useExamples } from '../documents/examples.ts';
import { Keys } from '../ui/keys.tsx';

/** What a person reads on an empty canvas. */
export function EmptyState() {
  const examples = useExamples();
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
      {examples.length > 0 && (
        <div className="empty-examples">
          {examples.slice(0, 6).map((example) => (
            <button
              key={example.name}
              type="button"
              className="button outlined"
              onClick={() => void openExample(example.name)}
            >
              {example.title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
