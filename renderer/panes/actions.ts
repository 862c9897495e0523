import { DocumentError } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { backend, messageOf } from '../backend/client.ts';
import { useDocument } from '../store/document.ts';
import { applyEvent, interrupted } from '../store/run.ts';
import { hintOf, showDialog } from '../store/ui.ts';
import { SIDES, type Side } from './marks.ts';
import { askedNow, graphOf, isRunning, NO_RUN, setRun, usePanes } from './store.ts';

/** Opens the two panes: the graph that is open, beside the one that was chosen last. */
export function openPanes(): void {
  if (!isRunning(usePanes.getState())) usePanes.setState({ asked: {}, runs: { a: NO_RUN, b: NO_RUN } });
  showDialog({ type: 'panes' });
}

/** Puts a graph beside the open one. Returns what is wrong with its text, where something is. */
function choose(text: string): string | undefined {
  try {
    const second = parse(text);
    usePanes.setState(({ runs }) => ({ second, runs: { ...runs, b: NO_RUN } }));
    return undefined;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return `This file is not a graph that can be opened. ${error.message}`;
  }
}

/** As `choose`, of an example that ships. */
export async function chooseExample(name: string): Promise<string | undefined> {
  try {
    return choose((await backend().documents.openExample({ name })).text);
  } catch (error) {
    return messageOf(error);
  }
}

/** As `choose`, of a file of the user's. */
export const chooseFile = async (file: File) => choose(await file.text());

/** As `choose`, of the open graph as it was last opened or saved: what was changed since is what differs. */
export function chooseSaved(): void {
  const { saved } = useDocument.getState();
  usePanes.setState(({ runs }) => ({ second: saved, runs: { ...runs, b: NO_RUN } }));
}

/** Starts both at once. One engine runs them, one session at a time in the order asked, so they take turns by chunks of tokens. */
export async function runBoth(): Promise<void> {
  if (isRunning(usePanes.getState()) || !usePanes.getState().second) return;
  await Promise.all(SIDES.map(follow));
}

/** The first warms up, the second is measured; both are made anew each time. */
const RUNS = 2;

async function follow(side: Side): Promise<void> {
  const graph = graphOf(side);
  if (!graph) return;
  const asked = askedNow();
  setRun(side, () => ({ ...NO_RUN, asked, active: { order: [], startedAt: performance.now() } }));
  try {
    // Pictures are named as the open graph names them, so both look for files beside it.
    const { path } = useDocument.getState();
    const events = await backend().run.start({ text: format(graph), path, repeat: RUNS });
    for await (const event of events) {
      setRun(side, (run) => ({ ...run, ...applyEvent(run, event) }));
      const failure = event.type === 'run-done' ? event.result.error : undefined;
      if (failure) setRun(side, (run) => ({ ...run, error: failure }));
    }
  } catch (error) {
    setRun(side, (run) => ({ ...run, error: { message: messageOf(error), hint: hintOf(error) } }));
  } finally {
    setRun(side, (run) => (run.active ? { ...run, ...interrupted(run) } : run));
  }
}

export async function cancelBoth(): Promise<void> {
  await Promise.all(SIDES.map(cancel));
}

async function cancel(side: Side): Promise<void> {
  const { active, cancelling } = usePanes.getState().runs[side];
  if (!active?.id || cancelling) return;
  setRun(side, (run) => ({ ...run, cancelling: true }));
  try {
    await backend().run.cancel({ run: active.id });
  } catch (error) {
    setRun(side, (run) => ({ ...run, cancelling: false, error: { message: messageOf(error), hint: hintOf(error) } }));
  }
}
