import { create } from 'zustand';
import type { Guide } from '../../electron/backend/documents/guide.ts';
import { backend } from '../backend/client.ts';
import { useCompare } from '../compare/store.ts';
import { useDocument } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { useUi } from '../store/ui.ts';
import { useTraining } from '../training/store.ts';
import { doneByRun, hasOwnPicture, type Ran, ranOf, type Step } from './steps.ts';

/** Hidden until the backend has said how far this user came. */
export const useGuide = create<Guide>(() => ({ done: [], hidden: true }));

/** Takes up where this user left off; whether this is their first start. */
export async function resumeGuide(): Promise<boolean> {
  const kept = await backend().app.guide();
  const guide = kept ?? { done: [], hidden: false };
  useGuide.setState(guide);
  if (!kept) await backend().app.keepGuide(guide);
  return kept === null;
}

function change(guide: Partial<Guide>): void {
  useGuide.setState(guide);
  const { done, hidden } = useGuide.getState();
  backend()
    .app.keepGuide({ done, hidden })
    .catch(() => {
      // It is ticked here all the same, and shown again at the next start.
    });
}

export const hideGuide = () => change({ hidden: true });
export function showGuide(): void {
  change({ hidden: false });
  useUi.setState({ paletteOpen: true });
}

function tick(...ids: readonly Step['id'][]): void {
  const { done } = useGuide.getState();
  const news = ids.filter((id) => !done.includes(id));
  if (news.length > 0) change({ done: [...done, ...news] });
}

/** Ticks what a person did, seen by what came of it. Returns how to stop. */
export function watchSteps(): () => void {
  let started: Ran | undefined;
  let before: Ran | undefined;
  const stops = [
    useRun.subscribe(({ active, result }, last) => {
      if (active && !last.active) started = ranOf(useDocument.getState().document);
      if (!started || result === last.result || result?.status !== 'finished') return;
      tick(...doneByRun(started, before));
      before = started;
    }),
    useDocument.subscribe(({ document }, last) => {
      if (document !== last.document && hasOwnPicture(document)) tick('photo');
    }),
    useTraining.subscribe(({ training }) => {
      if (training?.started) tick('train');
    }),
    useCompare.subscribe(({ shown }) => {
      if (shown?.id !== undefined && shown.cells.length > 0) tick('train');
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
