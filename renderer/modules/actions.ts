import { definitionOf } from '../../nodes/registry.ts';
import { flatId, shown } from '../store/document.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { showDialog, toast } from '../store/ui.ts';

/** Whether a kind of node holds a model whose modules can be shown. */
export function hasModules(kind: string): boolean {
  const definition = definitionOf(kind);
  return definition?.modules !== undefined || definition?.modelFile !== undefined;
}

/** Of a node of the graph that is looked at. */
export const openModules = (id: string) => showDialog({ type: 'modules', node: flatId(id) });

/** Opens the model of the selected node. */
export function openSelectedModules(): void {
  const id = soleNode(useSelection.getState());
  const kind = shown().nodes[id ?? '']?.kind ?? '';
  if (id !== undefined && hasModules(kind)) openModules(id);
  else
    toast('info', 'Select one node that holds a model', 'A vision encoder, a connector, an LLM or an ONNX model, say');
}

/** A double click on a node that holds a model opens it, but not one on what is set in the node. */
export function onNodeDoubleClick(event: { readonly target: EventTarget }, { id }: { readonly id: string }): void {
  if (event.target instanceof Element && event.target.closest('input, textarea, select, button')) return;
  if (hasModules(shown().nodes[id]?.kind ?? '')) openModules(id);
}
