import { create } from 'zustand';
import type { TrainedEntry } from '../../electron/backend/contract.ts';
import { backend } from '../backend/client.ts';
import { report } from './ui.ts';

/** Models that this user trained, as the backend last listed them. */
export const useTrained = create<{ readonly entries: readonly TrainedEntry[] }>(() => ({ entries: [] }));

export async function listTrained(): Promise<void> {
  try {
    useTrained.setState({ entries: await backend().models.trained() });
  } catch (error) {
    report(error);
  }
}
