import { create } from 'zustand';
import type { BackupEntry, SaveConflict } from '../../electron/backend/contract.ts';
import type { Draft } from '../../electron/backend/documents/drafts.ts';
import type { Wiring } from './edits.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'error' | 'info';
  readonly message: string;
  readonly hint?: string;
}

export type Dialog =
  | { readonly type: 'open' }
  | { readonly type: 'save'; readonly suggested: string }
  /** Data or a model: one of their files, or their folder. */
  | { readonly type: 'pick'; readonly what: 'data' | 'model'; readonly picked: (path: string) => void }
  | { readonly type: 'commands' }
  | ({ readonly type: 'quick-add' } & QuickAddPlace)
  /** Of a node, to any other. */
  | { readonly type: 'connect'; readonly node: string }
  | { readonly type: 'shortcuts' }
  /** Inside the model that a node holds. */
  | { readonly type: 'modules'; readonly node: string }
  /** Of a node, or, where none is named, of the training under way. */
  | { readonly type: 'train'; readonly node?: string }
  | { readonly type: 'panes' }
  | { readonly type: 'fusion-lab' }
  | { readonly type: 'gallery' }
  | { readonly type: 'endpoints' }
  | { readonly type: 'models' }
  | { readonly type: 'discard'; readonly proceed: () => void }
  /** The file is not the one that was opened: `text` is what stands in it, where that is a graph. */
  | { readonly type: 'conflict'; readonly path: string; readonly conflict: SaveConflict; readonly text?: string }
  | { readonly type: 'recover'; readonly drafts: readonly Draft[] }
  | { readonly type: 'backups'; readonly path: string; readonly backups: readonly BackupEntry[] };

/** The end of a wire that is being drawn. */
export interface PendingWire {
  readonly node: string;
  readonly port: string;
  readonly side: 'source' | 'target';
}

/** Where a node is to be added: at a point of the window, perhaps at the loose end of a wire, or into a wire. */
export interface QuickAddPlace {
  readonly at: { readonly x: number; readonly y: number };
  readonly end?: PendingWire;
  readonly wire?: Wiring;
}

interface UiState {
  readonly toasts: readonly Toast[];
  readonly dialog?: Dialog;
  readonly pending?: PendingWire;
  readonly menu?: { readonly node: string; readonly x: number; readonly y: number };
  /** The note that is being written in, by its key. */
  readonly writing?: string;
  readonly inspectorOpen: boolean;
  readonly paletteOpen: boolean;
  /** What fills the window below the top bar. */
  readonly view: 'canvas' | 'compare' | 'compute';
}

export const useUi = create<UiState>(() => ({ toasts: [], inspectorOpen: true, paletteOpen: true, view: 'canvas' }));

let nextToast = 1;

export function toast(tone: Toast['tone'], message: string, hint?: string): void {
  const entry: Toast = { id: nextToast++, tone, message, hint };
  useUi.setState(({ toasts }) => ({
    toasts: [...toasts.filter((other) => other.message !== message), entry].slice(-4),
  }));
}

export function dismissToast(id: number): void {
  useUi.setState(({ toasts }) => ({ toasts: toasts.filter((entry) => entry.id !== id) }));
}

export const showDialog = (dialog: Dialog | undefined) => useUi.setState({ dialog });

/** An error of any origin as a toast: the sentence, and what to do where the backend said so. */
export function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  toast('error', message, hintOf(error));
}

/** What to do about it, where the backend said so. */
export function hintOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('hint' in data)) return undefined;
  return typeof data.hint === 'string' ? data.hint : undefined;
}
