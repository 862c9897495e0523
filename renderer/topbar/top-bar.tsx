import { useEffect, useState } from 'react';
import { useReactFlow } from 'reactflow';
import { commandOf } from '../commands.ts';
import { openCompare } from '../compare/actions.ts';
import { importFile } from '../documents/actions.ts';
import { useKept } from '../documents/drafts.ts';
import { shortcutWords } from '../keys.ts';
import { backToCanvas } from '../measured/measured-view.tsx';
import { cancelRun, startRun } from '../runs/actions.ts';
import { editDocument, hasUnsavedWork, useDocument } from '../store/document.ts';
import { setTitle } from '../store/edits.ts';
import { useRun } from '../store/run.ts';
import { showDialog, useUi } from '../store/ui.ts';
import { Icon } from '../ui/icons.tsx';
import { commandItem, Menu } from '../ui/menu.tsx';

export function TopBar() {
  const flow = useReactFlow();
  const item = (id: string) => commandItem(id, flow);
  return (
    <header className="topbar">
      <div className="brand">
        <img src="./icon.svg" alt="" width={22} height={22} />
        <b>Patchbay</b>
      </div>
      <Menu
        label="File"
        items={[
          item('document.new'),
          item('document.templates'),
          item('document.open'),
          item('document.save'),
          item('document.save-as'),
          item('document.backups'),
          item('document.recover'),
          'line',
          item('document.import'),
          item('document.export'),
          item('document.export-png'),
          item('document.export-svg'),
        ]}
      />
      <Menu
        label="Edit"
        items={[
          item('edit.undo'),
          item('edit.redo'),
          'line',
          item('edit.add'),
          item('edit.connect'),
          item('edit.cut'),
          item('edit.copy'),
          item('edit.paste'),
          item('edit.duplicate'),
          item('edit.delete'),
          item('edit.select-all'),
          'line',
          item('edit.bypass'),
          item('edit.mute'),
          'line',
          item('note.add'),
          item('group.make'),
          item('subgraph.collapse'),
          item('subgraph.expand'),
          'line',
          item('arrange.graph'),
        ]}
      />
      <Menu
        label="View"
        items={[
          item('view.fit'),
          item('view.zoom-actual'),
          item('view.palette'),
          item('view.inspector'),
          item('view.timeline'),
          item('view.search-tree'),
          item('view.modules'),
          'line',
          item('compare.open'),
          item('compute.open'),
          item('view.panes'),
          item('view.fusion-lab'),
          'line',
          item('endpoints.open'),
          item('view.models'),
        ]}
      />
      <TemplatesButton />
      <CompareButton />
      <input
        id="import-file"
        type="file"
        accept=".json,.png,.svg,application/json"
        hidden
        data-testid="import-file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void importFile(file);
        }}
      />
      <DocumentTitle />
      <RunControls />
    </header>
  );
}

function TemplatesButton() {
  return (
    <button
      type="button"
      className="button"
      title={shortcutWords(commandOf('document.templates').shortcuts[0] ?? '').join(' ')}
      onClick={() => showDialog({ type: 'gallery' })}
    >
      Templates
    </button>
  );
}

function CompareButton() {
  const comparing = useUi((state) => state.view === 'compare');
  return (
    <button
      type="button"
      className="button"
      aria-pressed={comparing}
      title={shortcutWords(commandOf('compare.open').shortcuts[0] ?? '').join(' ')}
      onClick={comparing ? backToCanvas : openCompare}
    >
      Compare
    </button>
  );
}

function DocumentTitle() {
  const title = useDocument((state) => state.document.title);
  const path = useDocument((state) => state.path);
  const unsaved = useDocument(hasUnsavedWork);
  const kept = useKept((state) => state.document) === useDocument((state) => state.document);
  const said = kept ? 'Unsaved changes; a copy is kept on this machine' : 'Unsaved changes';
  useEffect(() => {
    document.title = `${unsaved ? '• ' : ''}${title} – Patchbay`;
  }, [title, unsaved]);
  return (
    <div className="document-title" title={path}>
      <input
        value={title}
        aria-label="Title of the graph"
        onChange={(event) => editDocument((current) => setTitle(current, event.target.value), 'title')}
      />
      {unsaved && (
        <span className="unsaved" role="img" aria-label={said} title={said}>
          •
        </span>
      )}
    </div>
  );
}

function RunControls() {
  const active = useRun((state) => state.active !== undefined);
  const cancelling = useRun((state) => state.cancelling);
  if (!active) {
    return (
      <button
        type="button"
        className="button primary run"
        onClick={() => void startRun()}
        title={shortcutWords(commandOf('run.start').shortcuts[0] ?? '').join(' ')}
      >
        <Icon name="play" size={12} /> Run
      </button>
    );
  }
  return (
    <div className="running">
      <RunProgress />
      <button
        type="button"
        className="button outlined run"
        disabled={cancelling}
        onClick={() => void cancelRun()}
        title="Esc"
      >
        <Icon name="stop" size={12} /> {cancelling ? 'Cancelling…' : 'Cancel'}
      </button>
    </div>
  );
}

function RunProgress() {
  const order = useRun((state) => state.active?.order ?? []);
  const done = useRun((state) => order.filter((id) => state.nodes[id]?.phase === 'done').length);
  const startedAt = useRun((state) => state.active?.startedAt ?? 0);
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="run-progress num" aria-live="polite">
      <progress value={done} max={Math.max(1, order.length)} aria-label="Nodes done" />
      {done}/{order.length} · {(Math.max(0, now - startedAt) / 1000).toFixed(1)} s
    </span>
  );
}
