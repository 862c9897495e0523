import type { FactsByNode } from '../../graphs/catalog.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { flatten } from '../../graphs/subgraphs.ts';
import {
  connectorRecipe,
  type DrawnConnector,
  drawnConnector,
  isConnector,
  type Mend,
} from '../../nodes/training/from-graph.ts';
import { type ConnectorRecipe, worldNames } from '../../nodes/training/recipe.ts';
import { backend, useConnection } from '../backend/client.ts';
import { useCheck } from '../store/check.ts';
import { editDocument, flatId, shown, useDocument } from '../store/document.ts';
import { setParam } from '../store/edits.ts';
import { graphAt, withGraphAt } from '../store/place.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { listTrained } from '../store/trained.ts';
import { report, showDialog, toast, useUi } from '../store/ui.ts';
import { begun, heard, type Training, useTraining } from './store.ts';

/** What a node, by its id in the flat graph, draws between its neighbours, or why it cannot be trained. */
export function trainable(
  whole: GraphDocument,
  id: string,
  nodes: Readonly<Record<string, { readonly facts?: FactsByNode[string] }>>,
): DrawnConnector | Error {
  const facts = Object.fromEntries(
    Object.entries(nodes).flatMap(([key, node]) => (node.facts ? [[key, node.facts]] : [])),
  );
  try {
    return drawnConnector(flatten(whole).document, id, facts);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Opens the dialog for the one selected node, or says why it cannot be trained. */
export function trainSelected(): void {
  const id = soleNode(useSelection.getState());
  const node = id === undefined ? undefined : shown().nodes[id];
  if (id === undefined || !node || !isConnector(node)) {
    toast('info', 'Select a module that can be trained', 'A projector, a Q-Former or a cross-attention adapter');
    return;
  }
  const found = trainable(useDocument.getState().document, flatId(id), useCheck.getState().nodes);
  if (found instanceof Error) toast('info', 'This module cannot be trained yet', found.message);
  else showDialog({ type: 'train', node: flatId(id) });
}

/** Rejects where the backend refuses it. */
export async function startTraining(recipe: ConnectorRecipe, node: string): Promise<void> {
  const { id } = await backend().training.start({ recipe });
  void follow(begun(id, recipe, node));
}

/** Follows a training that went on in the backend while the page was away from it. */
export async function takeUpTraining(): Promise<void> {
  const { training } = useTraining.getState();
  if (training && !training.done) return follow(begun(training.id, training.recipe, training.node));
  try {
    const current = await backend().training.current();
    if (current) await follow(begun(current.id, current.recipe));
  } catch (error) {
    report(error);
  }
}

export async function stopTraining(): Promise<void> {
  const { training } = useTraining.getState();
  if (!training || training.done) return;
  change(training.id, (current) => ({ ...current, stopping: true }));
  try {
    await backend().training.stop({ id: training.id });
  } catch (error) {
    change(training.id, (current) => ({ ...current, stopping: false }));
    report(error);
  }
}

/** A training that is over is put away. */
export function putAway(): void {
  if (useTraining.getState().training?.done) useTraining.setState({ training: undefined });
}

/** Counts up, so that of two that follow the later one alone is heard. */
let latest = 0;

async function follow(begin: Training): Promise<void> {
  const turn = ++latest;
  useTraining.setState({ training: begin });
  const { id } = begin;
  try {
    for await (const event of await backend().training.events({ id })) {
      if (turn !== latest) return;
      change(id, (training) => heard(training, event));
      if (event.type === 'training-done') await finish();
    }
  } catch (error) {
    // Where the connection is down, the status bar says so; the training goes on and is taken up again.
    if (turn !== latest || useConnection.getState().status !== 'connected') return;
    useTraining.setState({ training: undefined });
    report(error);
  }
}

function change(id: string, to: (training: Training) => Training): void {
  useTraining.setState(({ training }) => (training?.id === id ? { training: to(training) } : {}));
}

/** What came out goes into its node; who does not look at the dialog is told in a toast. */
async function finish(): Promise<void> {
  const { training } = useTraining.getState();
  if (!training?.done) return;
  const { id, recipe, saved, done } = training;
  const heldBy = saved ? hold(training) : undefined;
  change(id, (current) => ({ ...current, ...(heldBy !== undefined && { heldBy }) }));
  if (saved) await listTrained();
  if (useUi.getState().dialog?.type === 'train') return;
  putAway();
  const name = `trained:${recipe.name}`;
  if (done.status === 'failed') toast('error', done.message ?? 'The training failed.', done.hint);
  else if (heldBy !== undefined) toast('info', `${heldBy} holds ${name} now`, 'The next run uses it');
  else if (saved) toast('info', `${name} is saved`, 'Choose it in the model list of a node that it fits');
}

/** Puts what was trained into the node it was drawn in, in one edit, if that still draws the same. Returns the node. */
function hold({ recipe, node }: Training): string | undefined {
  const { document } = useDocument.getState();
  if (node === undefined) return undefined;
  const drawn = trainable(document, node, useCheck.getState().nodes);
  if (drawn instanceof Error || !sameDrawing(drawn, recipe)) return undefined;
  editDocument((current) => {
    const held = withParam(current, node, 'model', `trained:${recipe.name}`);
    if (!recipe.unfreeze) return held;
    return drawn.llmNodes.reduce((next, llm) => withParam(next, llm, 'model', `trained:${recipe.name}-llm`), held);
  });
  return node;
}

/** Sets what keeps a node from being trained right, as one step of undo. */
export function mend({ node, params }: Mend): void {
  editDocument((document) =>
    Object.entries(params).reduce((current, [name, value]) => withParam(current, node, name, value), document),
  );
}

function withParam(document: GraphDocument, flat: string, name: string, value: unknown): GraphDocument {
  const place = flat.split('/');
  const id = place.pop() ?? '';
  return withGraphAt(document, place, setParam(graphAt(document, place), id, name, value));
}

function sameDrawing(drawn: DrawnConnector, recipe: ConnectorRecipe): boolean {
  const choices = { name: recipe.name, worlds: worldNames(recipe.data), steps: 1, unfreeze: false, continues: false };
  const drawing = ({ connector, encoder, llm }: ConnectorRecipe) => JSON.stringify([connector, encoder, llm]);
  return drawing(connectorRecipe(drawn, choices)) === drawing(recipe);
}
