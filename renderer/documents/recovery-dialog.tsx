import { useState } from 'react';
import type { Draft } from '../../electron/backend/documents/drafts.ts';
import { backend } from '../backend/client.ts';
import { report } from '../store/ui.ts';
import { closeModal as close, closeThen, Modal } from '../ui/modal.tsx';
import { ChangeList } from './change-list.tsx';
import { recover } from './drafts.ts';
import { whenInWords } from './words.ts';

/** Unsaved work that was found on disk, with a choice for each: it is kept until it is recovered or discarded. */
export function RecoveryDialog({ drafts }: { drafts: readonly Draft[] }) {
  const [left, setLeft] = useState(drafts);
  const discard = async (draft: Draft) => {
    try {
      await backend().drafts.discard({ id: draft.id });
      const others = left.filter(({ id }) => id !== draft.id);
      setLeft(others);
      if (others.length === 0) close();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Modal title="Unsaved work was found">
      <p className="dim">
        Patchbay or its window ended before {left.length === 1 ? 'this graph was' : 'these graphs were'} saved.
        Recovered work opens as it was, still unsaved; the file is not touched.
      </p>
      <ul className="draft-list">
        {left.map((draft) => (
          <li key={draft.id} className="draft">
            <h3>{draft.title}</h3>
            <p className="dim">
              Last change {whenInWords(draft.at)} · {draft.path ?? 'never saved to a file'}
            </p>
            <ChangeList
              label={draft.path ? 'Since it was saved' : 'Since it was opened'}
              from={draft.base}
              to={draft.text}
            />
            <div className="modal-actions">
              <button
                type="button"
                className="button primary"
                aria-label={`Recover ${draft.title}`}
                onClick={closeThen(() => recover(draft))}
              >
                Recover
              </button>
              <button
                type="button"
                className="button outlined"
                aria-label={`Discard ${draft.title}`}
                onClick={() => void discard(draft)}
              >
                Discard
              </button>
            </div>
          </li>
        ))}
      </ul>
      <div className="modal-actions end">
        <button type="button" className="button" onClick={close}>
          Keep for later
        </button>
      </div>
    </Modal>
  );
}
