import { z } from 'zod';
import { dottedPath } from './issues.ts';

/** Documents of what was measured: a comparison of graphs, what compute buys. */

export const count = z.int().min(0);
export const amount = z.number().min(0);
export const fraction = z.number().min(0).max(1);

/** Whether a text is such a document, with these lists in it, be it as it should or not. */
export function holdsResult(text: string, lists: readonly string[]): boolean {
  const value = jsonIn(text);
  return typeof value === 'object' && value !== null && lists.every((list) => list in value);
}

/**
 * The document that a text holds; undefined where it is of something else, such as a graph. Throws an `Error` with the place
 * in it where it cannot be read.
 */
export function resultIn<Result>(
  schema: z.ZodType<Result>,
  text: string,
  lists: readonly string[],
): Result | undefined {
  if (!holdsResult(text, lists)) return undefined;
  const parsed = schema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${dottedPath(issue?.path ?? [])}: ${issue?.message ?? 'it cannot be read'}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
