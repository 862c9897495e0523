import { useRef } from 'react';
import type { GraphNode } from '../../graphs/document.ts';
import { CardUnread } from '../../nodes/model-reference.ts';
import { isConnector, Untrainable } from '../../nodes/training/from-graph.ts';
import { isOutdated, useCheck } from '../store/check.ts';
import { flatId, useDocument } from '../store/document.ts';
import { showDialog } from '../store/ui.ts';
import { mend, trainable } from './actions.ts';

/** On kinds that can be trained; where this one cannot yet, why. */
export function TrainButton({ id, node }: { id: string; node: GraphNode }) {
  const document = useDocument((state) => state.document);
  const nodes = useCheck((state) => state.nodes);
  const outdated = useCheck((state) => isOutdated(state, document));
  const train = useRef<HTMLButtonElement>(null);
  if (!isConnector(node)) return null;
  const found = trainable(document, flatId(id), nodes);
  // A model that was just chosen is read in a moment.
  const soon = found instanceof CardUnread && outdated;
  const reason = found instanceof Error && !soon ? found.message : undefined;
  return (
    <>
      <button
        ref={train}
        type="button"
        className="button outlined"
        disabled={found instanceof Error}
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
      {found instanceof Untrainable && (
        <button
          type="button"
          className="button outlined"
          onClick={() => {
            mend(found.mend);
            // This button is gone then.
            requestAnimationFrame(() => train.current?.focus());
          }}
        >
          {found.mend.title}
        </button>
      )}
    </>
  );
}
