import { create } from 'zustand';
import type { HubLook, ModelEntry } from '../../electron/backend/contract.ts';
import type { PullState } from '../../electron/backend/models/hub/pulls.ts';

interface ModelsState {
  /** Models on this machine, as the backend last listed them. */
  readonly entries?: readonly ModelEntry[];
  /** Downloads, those that are over included until they are put away. */
  readonly pulls: readonly PullState[];
  /** What is written in the field, and what the Hub said of it. */
  readonly name: string;
  readonly look?: HubLook | { readonly message: string; readonly hint?: string } | 'asking';
}

export const useModels = create<ModelsState>(() => ({ pulls: [], name: '' }));

export const running = ({ pulls }: Pick<ModelsState, 'pulls'>) => pulls.filter(({ status }) => status === 'running');

/** `hf:owner/name` without its start, as people write it. */
export const hubName = (reference: string) => reference.replace(/^hf:/, '');

/** What tells a model from others where there is little room: of a folder its name, not where it lies. */
export function shortName(reference: string): string {
  const [, folder] = /^file:(?:.*[\\/])?([^\\/]+)[\\/]*$/.exec(reference) ?? [];
  return folder ?? reference.replace(/^paper:/, '');
}
