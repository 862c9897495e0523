import { useEffect, useState } from 'react';
import type { FolderEntry } from '../../electron/backend/contract.ts';
import { backend, messageOf } from '../backend/client.ts';
import { EndpointsDialog } from '../endpoints/endpoints-dialog.tsx';
import { FusionLabDialog } from '../fusion-lab/fusion-lab-dialog.tsx';
import { Gallery } from '../gallery/gallery.tsx';
import { ModelsDialog } from '../models/models-dialog.tsx';
import { ModulesDialog } from '../modules/modules-dialog.tsx';
import { CommandPalette, ShortcutSheet } from '../palette/command-palette.tsx';
import { Connect } from '../palette/connect.tsx';
import { QuickAdd } from '../palette/quick-add.tsx';
import { PanesDialog } from '../panes/panes-dialog.tsx';
import { useUi } from '../store/ui.ts';
import { TrainDialog } from '../training/train-dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { closeModal as close, closeThen, Modal } from '../ui/modal.tsx';
import { openPath, saveTo } from './actions.ts';
import { BackupsDialog } from './backups.tsx';
import { ConflictDialog } from './conflict-dialog.tsx';
import { RecoveryDialog } from './recovery-dialog.tsx';

export function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  switch (dialog?.type) {
    case 'open':
      return <FileDialog title="Open a graph" action="Open" />;
    case 'save':
      return <FileDialog title="Save the graph" action="Save" suggested={dialog.suggested} />;
    case 'pick':
      return <FileDialog action="Choose" {...PICKED[dialog.what]} picked={dialog.picked} />;
    case 'commands':
      return <CommandPalette />;
    case 'quick-add':
      return <QuickAdd {...dialog} />;
    case 'connect':
      return <Connect {...dialog} />;
    case 'shortcuts':
      return <ShortcutSheet />;
    case 'train':
      return <TrainDialog node={dialog.node} />;
    case 'panes':
      return <PanesDialog />;
    case 'modules':
      return <ModulesDialog node={dialog.node} />;
    case 'fusion-lab':
      return <FusionLabDialog />;
    case 'discard':
      return <Discard proceed={dialog.proceed} />;
    case 'endpoints':
      return <EndpointsDialog />;
    case 'models':
      return <ModelsDialog />;
    case 'gallery':
      return <Gallery />;
    case 'conflict':
      return <ConflictDialog {...dialog} />;
    case 'recover':
      return <RecoveryDialog drafts={dialog.drafts} />;
    case 'backups':
      return <BackupsDialog {...dialog} />;
    default:
      return null;
  }
}

interface Listing {
  readonly folder: string;
  readonly parent?: string;
  readonly entries: readonly FolderEntry[];
}

/** What is picked otherwise than a graph. */
const PICKED = {
  data: { title: 'Choose a CSV file, or its folder', extension: '.csv', none: 'No CSV files in this folder.' },
  model: {
    title: 'Choose the folder of a model',
    extension: '.onnx',
    none: 'No .onnx files or folders in this folder.',
  },
} as const;

interface FileDialogProps {
  readonly title: string;
  readonly action: 'Open' | 'Save' | 'Choose';
  readonly extension?: '.json' | '.csv' | '.onnx';
  /** Said of a folder with nothing to choose in it. */
  readonly none?: string;
  readonly suggested?: string;
  /** Takes the path of what is picked, which may be a folder; else a graph is opened or saved. */
  readonly picked?: (path: string) => void;
}

const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/])/;

function FileDialog({
  title,
  action,
  extension = '.json',
  none = 'No graphs in this folder yet.',
  suggested,
  picked,
}: FileDialogProps) {
  const [folder, setFolder] = useState<string>();
  const [listing, setListing] = useState<Listing>();
  const [error, setError] = useState<string>();
  const [name, setName] = useState(suggested ?? '');
  useEffect(() => {
    backend()
      .documents.list({ folder, extension })
      .then(setListing, (reason: unknown) => setError(messageOf(reason)));
  }, [folder, extension]);
  // A whole path needs no folder that it stands in.
  const path = ABSOLUTE.test(name) ? name : listing && `${listing.folder.replace(/\/$/, '')}/${name}`;
  const chosen = name ? path : picked && listing?.folder;
  // A graph is opened out of a picture, but saved over none.
  const entries = listing?.entries.filter(
    (entry) => entry.folder || suggested === undefined || entry.name.endsWith('.json'),
  );
  const overwrites = suggested !== undefined && listing?.entries.some((entry) => !entry.folder && entry.name === name);
  const go = async () => {
    if (!chosen) return;
    if (picked) {
      close();
      picked(chosen);
      return;
    }
    if (suggested === undefined) {
      close();
      await openPath(chosen);
      return;
    }
    const saved = await saveTo(chosen.endsWith('.json') ? chosen : `${chosen}.json`, overwrites ? ['exists'] : []);
    if (saved) close();
  };
  return (
    <Modal title={title}>
      <div className="folder-path num" title={listing?.folder}>
        <button
          type="button"
          className="button icon"
          aria-label="Folder above"
          disabled={!listing?.parent}
          onClick={() => setFolder(listing?.parent)}
        >
          <Icon name="up" />
        </button>
        {listing?.folder}
      </div>
      <ul className="folder-list">
        {entries?.map((entry) => (
          <li key={entry.path}>
            <button
              type="button"
              onClick={() => (entry.folder ? setFolder(entry.path) : setName(entry.name))}
              onDoubleClick={() => !entry.folder && suggested === undefined && void go()}
              aria-pressed={!entry.folder && entry.name === name}
            >
              <Icon name={entry.folder ? 'folder' : 'file'} size={14} /> {entry.name}
            </button>
          </li>
        ))}
        {entries?.length === 0 && <li className="dim folder-empty">{none}</li>}
      </ul>
      {error && <p className="param-problem">{error}</p>}
      <form
        className="modal-actions"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <input
          className="field"
          value={name}
          aria-label="File name"
          placeholder={picked ? 'this folder' : 'name.json'}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button primary" disabled={!chosen}>
          {overwrites ? 'Replace' : action}
        </button>
      </form>
    </Modal>
  );
}

function Discard({ proceed }: { proceed: () => void }) {
  return (
    <Modal title="Unsaved changes">
      <p>This graph has changes that are not saved. They will be lost.</p>
      <div className="modal-actions end">
        <button type="button" className="button outlined" onClick={close}>
          Keep editing
        </button>
        <button type="button" className="button danger" onClick={closeThen(proceed)}>
          Discard changes
        </button>
      </div>
    </Modal>
  );
}
