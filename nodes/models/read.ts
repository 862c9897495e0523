import { z } from 'zod';
import { describeIssue, dottedPath } from '../../graphs/issues.ts';

/** Names of models: they are folders, and stand in references after the colon. */
export const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected small letters, digits, dots and dashes');

/** Reads JSON by a schema. Throws an `Error` that names the first field which is not as it should be; `whole` names it all. */
export function readBy<S extends z.ZodType>(schema: S, json: unknown, whole: string): z.output<S> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(issue ? `${dottedPath(issue.path) || whole}: ${describeIssue(issue, json)}` : `${whole} is wrong`);
}
