import type { NodeMode } from '../../graphs/document.ts';
import { editDocument, shown, useDocument } from '../store/document.ts';
import { toggleMode } from '../store/modes.ts';
import { useSelection } from '../store/selection.ts';
import { toast } from '../store/ui.ts';

/** Mutes or bypasses the selected nodes, or lets them run again; says which cannot be bypassed, and why. */
export const switchSelected = (mode: NodeMode) => () => {
  const { nodes } = shown();
  switchMode(
    [...useSelection.getState().nodes].filter((id) => Object.hasOwn(nodes, id)),
    mode,
  );
};

export function switchMode(ids: readonly string[], mode: NodeMode): void {
  if (ids.length === 0) {
    toast('info', `Select what to ${mode} first`);
    return;
  }
  const { document: before, place } = useDocument.getState();
  const { document, refusals } = toggleMode(before, ids, mode, place);
  editDocument(() => document);
  const [first, ...others] = refusals;
  if (first !== undefined) toast('error', first, others.length > 0 ? others.join('. ') : undefined);
}
