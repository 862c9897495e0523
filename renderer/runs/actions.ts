import { format } from '../../graphs/format.ts';
import { flatten } from '../../graphs/subgraphs.ts';
import { backend } from '../backend/client.ts';
import { flatId, useDocument } from '../store/document.ts';
import { applyEvent, interrupted, useRun } from '../store/run.ts';
import { report, toast } from '../store/ui.ts';

/** A part of the graph that is looked at: what the nodes `to` need, or the nodes `from` anew with what depends on them. */
export interface RunPart {
  readonly to?: string[];
  readonly from?: string[];
  /** Takes ONNX Runtime's profile of what runs. */
  readonly profile?: boolean;
}

/** Runs one node anew for a profile of its operators; what it needs is reused. */
export const profileNode = (id: string) => startRun({ to: [id], from: [id], profile: true });

/** Runs the document, or a part of it, and follows its events to the end. */
export async function startRun(part: RunPart = {}): Promise<void> {
  if (useRun.getState().active) return;
  const { document, path } = useDocument.getState();
  if (Object.keys(document.nodes).length === 0) {
    toast('info', 'There is nothing to run yet', 'Drag a node from the palette, or open an example');
    return;
  }
  useRun.setState({ active: { order: [], startedAt: performance.now() }, cancelling: false });
  try {
    useRun.setState({ carried: flatten(document).outputs });
    const flat = { ...part, to: part.to?.map(flatId), from: part.from?.map(flatId) };
    const events = await backend().run.start({ text: format(document), path, ...flat });
    for await (const event of events) {
      useRun.setState((state) => applyEvent(state, event));
      if (event.type === 'run-done' && event.result.error) {
        toast('error', event.result.error.message, event.result.error.hint);
      }
    }
  } catch (error) {
    report(error);
  } finally {
    if (useRun.getState().active) useRun.setState(interrupted);
  }
}

/** Ends the run under way: between nodes or decode steps, and by ending the engine process where that takes too long. */
export async function cancelRun(): Promise<void> {
  const { active, cancelling } = useRun.getState();
  if (!active?.id || cancelling) return;
  useRun.setState({ cancelling: true });
  try {
    await backend().run.cancel({ run: active.id });
  } catch (error) {
    useRun.setState({ cancelling: false });
    report(error);
  }
}
