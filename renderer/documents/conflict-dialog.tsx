import type { SaveConflict } from '../../electron/backend/contract.ts';
import { format } from '../../graphs/format.ts';
import { useDocument } from '../store/document.ts';
import { closeModal as close, closeThen, Modal } from '../ui/modal.tsx';
import { saveAs, saveTo } from './actions.ts';
import { ChangeList } from './change-list.tsx';

const SAID: Readonly<Record<SaveConflict, readonly [string, string]>> = {
  exists: ['This file is there already', 'It was not opened from here, and saving would write over it.'],
  changed: ['The file has changed', 'Something else wrote it since it was opened or saved here.'],
  open: ['The file is open elsewhere', 'Another window shows it, perhaps with work that is not saved yet.'],
};

/** Asks before a file is written over that is not as this document left it. The former joins the backups either way. */
export function ConflictDialog({ path, conflict, text }: { path: string; conflict: SaveConflict; text?: string }) {
  const mine = useDocument((state) => format(state.document));
  const [title, why] = SAID[conflict];
  return (
    <Modal title={title}>
      <p>{why}</p>
      <p className="num conflict-path">{path}</p>
      {text === undefined ? (
        <p className="dim">What is in it now is not a graph that can be read.</p>
      ) : (
        <ChangeList label="Saving would change in it" from={text} to={mine} />
      )}
      <p className="dim">If you replace it, its version is kept among the backups of this file.</p>
      <div className="modal-actions end">
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className="button danger"
          onClick={closeThen(() => void saveTo(path, ['exists', 'changed', 'open']))}
        >
          Replace
        </button>
        <button type="button" className="button primary" onClick={closeThen(() => void saveAs())}>
          Save as…
        </button>
      </div>
    </Modal>
  );
}
