import { useEffect } from 'react';
import { create } from 'zustand';
import type { ExampleEntry } from '../../electron/backend/contract.ts';
import { backend, useConnection } from '../backend/client.ts';
import { report } from '../store/ui.ts';

const useStore = create<{ readonly entries: readonly ExampleEntry[] }>(() => ({ entries: [] }));

/** The examples that ship; empty until the backend has answered. */
export function useExamples(): readonly ExampleEntry[] {
  const entries = useStore((state) => state.entries);
  const connected = useConnection((state) => state.status === 'connected');
  const wanted = connected && entries.length === 0;
  useEffect(() => {
    if (!wanted) return;
    backend()
      .documents.examples()
      .then((found) => useStore.setState({ entries: found }), report);
  }, [wanted]);
  return entries;
}
