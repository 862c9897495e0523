import type { GraphNode } from '../../graphs/document.ts';
import { isConnector } from '../../nodes/training/from-graph.ts';
import { useCheck } from '../store/check.ts';
import { flatId, useDocument } from '../store/document.ts';
import { showDialog } from '../store/ui.ts';
import { trainable } from './actions.ts';

/** On kinds that can be trained; where this one cannot yet, why. */
export function TrainButton({ id, node }: { id: string; node: GraphNode }) {
  const document = useDocument((state) => state.document);
  const nodes = useCheck((state) => state.nodes);
  if (!isConnector(node)) return null;
  const found = trainable(document, flatId(id), nodes);
  const reason = typeof found === 'string' ? found : undefined;
  return (
    <>
      <button
        type="button"
        className="button outlined"
        disabled={reason !== undefined}
        aria-describedby={reason && 'train-reason'}
        onClick={() => showDialog({ type: 'train', node: flatId(id) })}
      >
        Train…
      </button>
      {reason && (
        <p id="train-reason" className="train-reason">
          To train it: {reason}
        </p>
      )}
    </>
  );
}
