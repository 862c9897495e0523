import type { BackupEntry } from '../../electron/backend/contract.ts';
import { format, parse } from '../../graphs/format.ts';
import { backend } from '../backend/client.ts';
import { editDocument, lookAt, useDocument } from '../store/document.ts';
import { withLayout } from '../store/layout.ts';
import { report, showDialog, toast } from '../store/ui.ts';
import { closeModal as close, Modal } from '../ui/modal.tsx';
import { ChangeList } from './change-list.tsx';
import { whenInWords } from './words.ts';

/** Shows the earlier versions of the open document's file, or says why there are none. */
export async function showBackups(): Promise<void> {
  const { path } = useDocument.getState();
  if (!path) return toast('info', 'This graph has no file yet', 'Its versions are kept from its second save on');
  try {
    const backups = await backend().documents.backups({ path });
    if (backups.length > 0) showDialog({ type: 'backups', path, backups });
    else toast('info', 'There is no earlier version yet', 'Each save keeps the one before, five in all');
  } catch (error) {
    report(error);
  }
}

/** Puts an earlier version in place of the graph: one step that undo takes back, and not saved before the person does. */
function restore({ text }: BackupEntry): void {
  const document = withLayout(parse(text));
  lookAt([]);
  editDocument(() => document);
}

export function BackupsDialog({ path, backups }: { path: string; backups: readonly BackupEntry[] }) {
  const now = useDocument((state) => format(state.document));
  return (
    <Modal title="Earlier versions">
      <p className="dim num conflict-path">{path}</p>
      <ul className="draft-list">
        {backups.map((backup) => (
          <li key={backup.at} className="draft">
            <h3>Saved {whenInWords(backup.at)}</h3>
            <ChangeList label="Restoring it would change" from={now} to={backup.text} />
            <div className="modal-actions">
              <button
                type="button"
                className="button outlined"
                aria-label={`Restore the version saved ${whenInWords(backup.at)}`}
                onClick={() => {
                  close();
                  restore(backup);
                  toast('info', 'The earlier version is open', 'Undo brings yours back; nothing is saved yet');
                }}
              >
                Restore
              </button>
            </div>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
