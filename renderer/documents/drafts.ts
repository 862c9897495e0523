import { create } from 'zustand';
import type { Draft } from '../../electron/backend/documents/drafts.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { backend, useConnection } from '../backend/client.ts';
import { hasUnsavedWork, useDocument } from '../store/document.ts';
import { withLayout } from '../store/layout.ts';
import { report, showDialog, toast } from '../store/ui.ts';
import { afterConfirm, load } from './actions.ts';

/** The document as the backend last acknowledged to have it on disk. */
export const useKept = create<{ readonly document?: GraphDocument }>(() => ({}));

/** Edits of this long are written together. */
const TOGETHER_MS = 250;

/**
 * Keeps what is not saved on disk, by way of the backend: every edit within about a second, one writing after another.
 * What was saved, undone or discarded is not kept. Returns how to stop.
 */
export function keepDrafts(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let queue: Promise<void> = Promise.resolve();
  const inTurn = (act: () => Promise<void>) => {
    queue = queue.then(act).catch(() => {
      // The connection is down, which the status bar says; all is kept once it is back.
    });
  };
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      inTurn(keepNow);
    }, TOGETHER_MS);
  };
  const stopDocument = useDocument.subscribe((now, before) => {
    if (now.id !== before.id) inTurn(() => backend().drafts.discard({ id: before.id }));
    if (now.document !== before.document || now.saved !== before.saved) soon();
  });
  const stopConnection = useConnection.subscribe(({ status }) => status === 'connected' && soon());
  return () => {
    clearTimeout(timer);
    stopDocument();
    stopConnection();
  };
}

async function keepNow(): Promise<void> {
  const state = useDocument.getState();
  const { id, path, mark, document, saved } = state;
  if (!hasUnsavedWork(state)) {
    await backend().drafts.discard({ id });
    return;
  }
  try {
    await backend().drafts.keep({ id, title: document.title, path, mark, base: format(saved), text: format(document) });
    useKept.setState({ document });
  } catch (error) {
    if (useConnection.getState().status === 'connected') report(error);
  }
}

/** Tells the backend, as long as this window is there, which document and file it shows. Returns how to stop. */
export function holdDocument(): () => void {
  let holding = new AbortController();
  const hold = async () => {
    holding.abort();
    holding = new AbortController();
    const { signal } = holding;
    const { id, path } = useDocument.getState();
    try {
      for await (const _ of await backend().drafts.hold({ id, path }, { signal }));
    } catch {
      // Let go of, or the connection is down: it is held again once that is back.
    }
  };
  const stopDocument = useDocument.subscribe((now, before) => {
    if (now.id !== before.id || now.path !== before.path) void hold();
  });
  const stopConnection = useConnection.subscribe(({ status }) => status === 'connected' && void hold());
  if (useConnection.getState().status === 'connected') void hold();
  return () => {
    holding.abort();
    stopDocument();
    stopConnection();
  };
}

/** Offers the unsaved work of windows and backends that ended; whether there was any. */
export async function offerDrafts(): Promise<boolean> {
  const drafts = await backend().drafts.list();
  if (drafts.length > 0) showDialog({ type: 'recover', drafts });
  return drafts.length > 0;
}

/** The same from a command, which also says that there is none. */
export async function recoverWork(): Promise<void> {
  try {
    if (!(await offerDrafts())) toast('info', 'No unsaved work was left behind', 'All that is open is in a window');
  } catch (error) {
    report(error);
  }
}

/** Opens a draft with its changes, as they were: still not saved. */
export function recover(draft: Draft): void {
  const { id, path, mark, base, text } = draft;
  afterConfirm(() => load(text, { id, path, mark, saved: withLayout(parse(base)) }));
}
