import type { z } from 'zod';
import { definitionOf } from '../../../nodes/registry.ts';
import type { ExampleEntry, ModelUse } from '../contract.ts';
import { listExamples, readDocument } from '../documents/open.ts';
import { recentPaths } from '../documents/recent.ts';

/** References as they may stand in a graph, main branch named or not. */
const isReference = (text: string) => /^(hf|file|trained|tiny):./.test(text);
const plain = (reference: string) => reference.replace(/@main$/, '');

/**
 * Which graphs name each model, by its reference: the open one (`text`), those that ship, and files that were opened or saved
 * lately. A file that is gone, or no graph any more, names none.
 */
export async function modelUses(text: string | undefined): Promise<ReadonlyMap<string, readonly ModelUse[]>> {
  const uses = new Map<string, ModelUse[]>();
  const add = (document: string, use: (title: string) => ModelUse) => {
    for (const reference of new Set(referencesIn(document)))
      uses.set(reference, [...(uses.get(reference) ?? []), use(titleOf(document))]);
  };
  if (text !== undefined) add(text, (title) => ({ where: 'open', title }));
  for (const { name, title, text: example } of await examples())
    add(example, () => ({ where: 'template', title, name }));
  for (const path of await recentPaths()) {
    const document = await readDocument(path).catch(() => '');
    add(document, (title) => ({ where: 'file', title: title || path, path }));
  }
  return uses;
}

let read: Promise<readonly ExampleEntry[]> | undefined;

/** They ship: once is enough. */
function examples(): Promise<readonly ExampleEntry[]> {
  read ??= listExamples();
  return read;
}

/**
 * Every reference that stands anywhere in a document: parameters of nodes, of subgraphs, of what other tools wrote. Models that
 * nodes hold unless told otherwise stand in none, and are used all the same.
 */
function referencesIn(text: string): string[] {
  const found: string[] = [];
  try {
    JSON.parse(text, (_, value) => {
      if (typeof value === 'string' && isReference(value)) found.push(plain(value));
      else found.push(...heldUntold(value));
      return value;
    });
  } catch {
    // No JSON names no model.
  }
  return found;
}

/** The models that a node holds by default, where it heeds them. */
function heldUntold(value: { readonly kind?: unknown; readonly params?: unknown } | null): string[] {
  const definition = typeof value?.kind === 'string' ? definitionOf(value.kind) : undefined;
  const params = definition?.params.safeParse(value?.params ?? {}).data;
  if (!definition || !params) return [];
  return Object.entries(definition.params.shape).flatMap(([name, schema]) => {
    const { control, when = [] } = (schema as z.ZodType).meta() ?? {};
    const conditions = [when].flat();
    const heeded = conditions.length === 0 || conditions.some(({ param, is }) => is?.includes(String(params[param])));
    const model = params[name];
    return control === 'model' && heeded && typeof model === 'string' && isReference(model) ? [plain(model)] : [];
  });
}

function titleOf(text: string): string {
  try {
    const { title } = JSON.parse(text) as { title?: unknown };
    return typeof title === 'string' ? title : '';
  } catch {
    return '';
  }
}
