import type { PullState } from '../../electron/backend/models/hub/pulls.ts';
import { format } from '../../graphs/format.ts';
import { backend, messageOf, useConnection } from '../backend/client.ts';
import { afterConfirm, load } from '../documents/actions.ts';
import { checkAgain } from '../store/check.ts';
import { useDocument } from '../store/document.ts';
import { hintOf, report, showDialog, toast, useUi } from '../store/ui.ts';
import { hubName, useModels } from './store.ts';

export const openModels = () => showDialog({ type: 'models' });

export async function listModels(): Promise<void> {
  try {
    const text = format(useDocument.getState().document);
    useModels.setState({ entries: await backend().models.list({ text }) });
  } catch (error) {
    report(error);
  }
}

/** Counts up: of two questions the answer to the later one is shown. */
let asked = 0;

/** Asks the Hub for the model that is named. */
export async function lookAtHub(name: string): Promise<void> {
  const turn = ++asked;
  useModels.setState({ name, look: 'asking' });
  const look = await backend()
    .models.look({ reference: name })
    .catch((error: unknown) => ({ message: messageOf(error), hint: hintOf(error) }));
  if (turn === asked) useModels.setState({ look });
}

export function forgetLook(): void {
  asked++;
  useModels.setState({ look: undefined });
}

/** A graph of the model's parts takes the place of the open one. */
export async function openGraphOf(reference: string): Promise<void> {
  try {
    const { text } = await backend().models.graph({ reference });
    showDialog(undefined);
    afterConfirm(() => load(text));
  } catch (error) {
    report(error);
  }
}

/** Asks for the folder of a model, and opens a graph of its parts. */
export const openModelFolder = () => pickModelFolder((reference) => void openGraphOf(reference));

/** `picked` is given a `file:` reference. One of its networks stands for the folder too, and `onnx/` for the one around it. */
export function pickModelFolder(picked: (reference: string) => void): void {
  showDialog({
    type: 'pick',
    what: 'model',
    picked: (path) => picked(`file:${path.replace(/[\\/][^\\/]+\.onnx$/, '').replace(/[\\/]onnx$/, '')}`),
  });
}

export async function startPull(reference: string, variant?: string): Promise<void> {
  try {
    await backend().models.pull({ reference, variant });
  } catch (error) {
    report(error);
  }
}

export async function cancelPull(id: string): Promise<void> {
  await backend().models.cancelPull({ id }).catch(report);
}

export async function putPullAway(id: string): Promise<void> {
  await backend().models.putPullAway({ id }).catch(report);
}

export async function removeModel(reference: string): Promise<void> {
  try {
    await backend().models.remove({ reference });
  } catch (error) {
    report(error);
  }
  checkAgain();
  await listModels();
  const { look, name } = useModels.getState();
  if (look && look !== 'asking' && 'reference' in look && look.reference === reference) await lookAtHub(name);
}

/** So that of two that follow the later one alone is heard. */
let latest = 0;

/** Hears of the downloads for as long as the connection lasts: they go on in the backend meanwhile. */
export async function followPulls(): Promise<void> {
  const turn = ++latest;
  let first = true;
  try {
    for await (const pulls of await backend().models.pulls()) {
      if (turn !== latest) return;
      const before = useModels.getState().pulls;
      useModels.setState({ pulls });
      for (const pull of pulls) if (isNewlyOver(pull, before, first)) await finish(pull);
      first = false;
    }
  } catch (error) {
    // Where the connection is down, the status bar says so; this is called again once it is back.
    if (turn === latest && useConnection.getState().status === 'connected') report(error);
  }
}

/** Some are over before they were seen under way; those that were over when one began to listen are no news. */
function isNewlyOver({ id, status }: PullState, before: readonly PullState[], first: boolean): boolean {
  const former = before.find((each) => each.id === id);
  return status !== 'running' && (former ? former.status === 'running' : !first);
}

/** Who does not look at the manager is told in a toast. */
async function finish({ reference, status, pulled, message, hint }: PullState): Promise<void> {
  checkAgain();
  await listModels();
  if (useUi.getState().dialog?.type === 'models') {
    const { look, name } = useModels.getState();
    const shown = look && look !== 'asking' && 'reference' in look && look.reference === reference;
    if (shown && status === 'finished') await lookAtHub(name);
    return;
  }
  if (status === 'finished') toast('info', `${hubName(reference)} is here`, `In ${pulled?.variant}, whole and checked`);
  if (status === 'failed') toast('error', message ?? `${hubName(reference)} was not downloaded.`, hint);
}
