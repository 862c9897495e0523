import { create } from 'zustand';
import type { Guide } from '../../electron/backend/documents/guide.ts';
import { backend } from '../backend/client.ts';
import { useCompare } from '../compare/store.ts';
import { usePanes } from '../panes/store.ts';
import { useDocument } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { useUi } from '../store/ui.ts';
import { after, type Deed, deedsIn, type Question, type Step, steps } from './steps.ts';

/** Hidden until the backend has said how far this user came. */
export const useGuide = create<Guide>(() => ({ done: [], hidden: true }));

const isComplete = ({ done }: Pick<Guide, 'done'>) => steps.every(({ id }) => done.includes(id));

/** Takes up where this user left off: what was all done at an earlier start is not shown again. */
export async function resumeGuide(): Promise<void> {
  const guide = await backend().app.guide();
  useGuide.setState({ ...guide, hidden: guide.hidden || isComplete(guide) });
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

/** Shows the steps where they were left, or from the first where all are done. */
export function showGuide(): void {
  change({ hidden: false, ...(isComplete(useGuide.getState()) && { done: [] }) });
  useUi.setState({ paletteOpen: true });
}

function tick(...ids: readonly Step['id'][]): void {
  const { done } = useGuide.getState();
  const news = ids.filter((id) => !done.includes(id));
  if (news.length > 0) change({ done: [...done, ...news] });
}

let question: Question = 'none';

function did(deed: Deed): void {
  const outcome = after(question, deed);
  question = outcome.question;
  tick(...outcome.steps);
}

/** Ticks what a person did, seen by what came of it; also while the steps are hidden. Returns how to stop. */
export function watchSteps(): () => void {
  const stops = [
    useDocument.subscribe((now, before) => {
      if (now.id !== before.id) did('opened');
      else if (now.document !== before.document) for (const deed of deedsIn(before.document, now.document)) did(deed);
    }),
    useRun.subscribe(({ active, result }, before) => {
      if (active && !before.active) did('started');
      if (result !== before.result && result?.status === 'finished') did('finished');
    }),
    useCompare.subscribe(({ shown }, before) => {
      const ended = shown?.status === 'finished' && before.shown?.status === 'running';
      if (ended && shown.id === before.shown?.id && shown.graphs.length > 1) did('compared');
    }),
    usePanes.subscribe(({ runs }, before) => {
      if (bothRan(runs) && !bothRan(before.runs)) did('compared');
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const bothRan = ({ a, b }: ReturnType<typeof usePanes.getState>['runs']) =>
  a.result?.status === 'finished' && b.result?.status === 'finished';
