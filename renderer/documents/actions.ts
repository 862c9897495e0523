import type { SaveConflict } from '../../electron/backend/contract.ts';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { DocumentError } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { graphInPicture, type Picture, pictureKind } from '../../graphs/picture.ts';
import { catalog } from '../../nodes/catalog.ts';
import { definitions } from '../../nodes/registry.ts';
import { backend } from '../backend/client.ts';
import { comparisons } from '../compare/actions.ts';
import { measurements } from '../compute/actions.ts';
import { fieldsOf } from '../inspector/fields.ts';
import { edit, hasUnsavedWork, markSaved, type Origin, openDocument, useDocument } from '../store/document.ts';
import { addNode, emptyDocument, freeId, type Point, setParam } from '../store/edits.ts';
import { withLayout } from '../store/layout.ts';
import { forgetRun, useRun } from '../store/run.ts';
import { selectOnly } from '../store/selection.ts';
import { report, showDialog, toast } from '../store/ui.ts';

/** Goes on at once, or after the person agreed to lose what is not saved. */
export function afterConfirm(proceed: () => void): void {
  if (useRun.getState().active) {
    toast('info', 'A run is under way', 'Cancel it before another graph is opened');
  } else if (hasUnsavedWork(useDocument.getState())) showDialog({ type: 'discard', proceed });
  else proceed();
}

/** Opens the text of a document; a bad one is said in a toast and nothing that is open is lost. */
export function load(text: string, from?: Origin): void {
  try {
    const document = withLayout(parse(text));
    forgetRun();
    selectOnly();
    openDocument(document, from);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    toast(
      'error',
      `This file is not a graph that can be opened. ${error.message}`,
      'The graph that was open is untouched',
    );
  }
}

export const newDocument = () => afterConfirm(() => load(format(emptyDocument())));

export async function openExample(name: string): Promise<void> {
  try {
    const { text } = await backend().documents.openExample({ name });
    afterConfirm(() => load(text));
  } catch (error) {
    report(error);
  }
}

/** The example a first start opens with; never over a graph that has been opened or begun meanwhile. */
export async function openFirstExample(): Promise<void> {
  const before = useDocument.getState().document;
  try {
    const { text } = await backend().documents.openExample({ name: 'start' });
    if (useDocument.getState().document === before) load(text);
  } catch (error) {
    report(error);
  }
}

export async function openFromDialog(): Promise<void> {
  try {
    const { dialogs } = await backend().app.info();
    if (!dialogs) return showDialog({ type: 'open' });
    const path = await backend().documents.pickOpen();
    if (path) await openPath(path);
  } catch (error) {
    report(error);
  }
}

export async function openPath(path: string): Promise<void> {
  try {
    const opened = await backend().documents.open({ path });
    if (!showsResult(opened.path, opened.text))
      afterConfirm(() => load(opened.text, opened.mark === undefined ? {} : opened));
  } catch (error) {
    report(error);
  }
}

export async function save(): Promise<void> {
  const { path } = useDocument.getState();
  if (path) await saveTo(path);
  else await saveAs();
}

export async function saveAs(): Promise<void> {
  const suggested = fileName();
  try {
    const { dialogs } = await backend().app.info();
    if (!dialogs) return showDialog({ type: 'save', suggested });
    const path = await backend().documents.pickSave({ suggested });
    // The system's dialog has asked about a file of that name.
    if (path) await saveTo(path, ['exists']);
  } catch (error) {
    report(error);
  }
}

/** Whether it was saved. Where the file is not this document's own, the person is asked first, but for what they agreed to. */
export async function saveTo(path: string, agreed: SaveConflict[] = []): Promise<boolean> {
  const { document, id, path: own, mark } = useDocument.getState();
  try {
    const known = path === own ? mark : undefined;
    const outcome = await backend().documents.save({ path, text: textOf(), id, known, agreed });
    if ('conflict' in outcome) {
      showDialog({ type: 'conflict', path, ...outcome });
      return false;
    }
    markSaved(document, outcome.path, outcome.mark);
    toast('info', `Saved to ${outcome.path}`);
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

export function exportJson(): void {
  download(new Blob([textOf()], { type: 'application/json' }), fileName());
}

export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = window.document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Opens the text of a file, or the graph in an exported picture. */
export async function importFile(file: File): Promise<void> {
  const bytes = await bytesOf(file);
  const text = pictureKind(bytes) ? graphInPicture(bytes) : new TextDecoder().decode(bytes);
  if (text === undefined) {
    const hint = 'Open a picture that Patchbay exported, or drop this one on the canvas to use it as an image';
    return toast('error', `${file.name} is a picture that holds no graph.`, hint);
  }
  if (!showsResult(file.name, text)) afterConfirm(() => load(text));
}

/** Whether a text is of a result, which is shown then, and of no graph. */
const showsResult = (path: string, text: string) =>
  comparisons.showIfResult(path, text) || measurements.showIfResult(path, text);

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer());

/**
 * A file dropped on the canvas: a graph is opened, also out of its picture; any other picture goes into the Image node it
 * fell `onto`, else becomes one there.
 */
export async function dropFile(file: File, at: Point, onto = ''): Promise<void> {
  if (file.name.toLowerCase().endsWith('.json') || file.type === 'application/json') return importFile(file);
  if (graphInPicture(await bytesOf(file)) !== undefined) return importFile(file);
  const kind = definitions.find((definition) => fieldsOf(definition.kind).some(({ control }) => control === 'image'));
  const field = fieldsOf(kind?.kind ?? '').find(({ control }) => control === 'image');
  if (!kind || !field) return;
  const source = await addPicture(file);
  if (!source) return;
  edit((document) => {
    if (document.nodes[onto]?.kind === kind.kind) return setParam(document, onto, field.name, source);
    const id = freeId(document, kind.kind);
    return setParam(addNode(document, id, kind.kind, at), id, field.name, source);
  });
}

/** Keeps a picture in the backend; its source as it stands in a graph, or nothing where that failed (a toast says why). */
export async function addPicture(file: File): Promise<string | undefined> {
  try {
    return (await backend().pictures.add({ name: file.name, file })).source;
  } catch (error) {
    report(error);
    return undefined;
  }
}

export const textOf = () => format(withoutDefaults(useDocument.getState().document, catalog));

export function fileName(extension: 'json' | Picture = 'json'): string {
  const { document } = useDocument.getState();
  const name = document.title
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `${name || 'graph'}.${extension}`;
}
