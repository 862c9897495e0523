import { openExample } from '../documents/actions.ts';
import { useExamples } from '../documents/examples.ts';

/** What a person reads on an empty canvas. */
export function EmptyState() {
  const examples = useExamples();
  return (
    <div className="empty">
      <h2>Draw a pipeline, run it, read what it costs</h2>
      <ol>
        <li>Drag an Image, a Vision encoder, a Projector and an LLM from the left onto this canvas.</li>
        <li>Pull a wire from an output to an input of the same colour. What does not fit says why.</li>
        <li>
          Press <kbd>Ctrl</kbd> <kbd>Enter</kbd>: every node shows its tokens, latency and output.
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
