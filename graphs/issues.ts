import type { z } from 'zod';

/** A dotted path into a document: `nodes.llm.inputs.visual[0]`; names with other characters stand in `["…"]`. */
export function dottedPath(path: readonly PropertyKey[]): string {
  let result = '';
  for (const part of path) {
    if (typeof part === 'number') result += `[${part}]`;
    else if (/^[\w$/-]+$/.test(String(part))) result += result ? `.${String(part)}` : String(part);
    else result += `[${JSON.stringify(String(part))}]`;
  }
  return result;
}

/** What a value is, in words: `a list`, `the number 3`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value.length > 40 ? `"${value.slice(0, 37)}…"` : `"${value}"`;
  return String(value);
}

/** What follows `path` from `root`; `undefined` where it leads nowhere. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
};

/** One zod issue as a sentence, `expected …, found …`; `input` is the value that was checked as a whole. */
export function describeIssue(issue: z.core.$ZodIssue, input: unknown): string {
  const found = describeValue(valueAt(input, issue.path));
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}, found ${found}`;
    case 'invalid_value':
      return `expected ${issue.values
        .map((value) => describeValue(value))
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}, found ${found}`;
    case 'too_small':
      return `expected ${counted(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}, found ${found}`;
    case 'too_big':
      return `expected ${counted(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}, found ${found}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}, found ${found}`;
    case 'invalid_format':
    case 'invalid_union':
      return issue.message.startsWith('expected') ? `${issue.message}, found ${found}` : `${issue.message}: ${found}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function counted(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'string') return `${relation} ${bound} characters`;
  if (origin === 'array') return `a list of ${relation} ${bound}`;
  return `${relation} ${bound}`;
}
