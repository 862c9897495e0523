import { DocumentError, type GraphDocument, graphSchema, type Problem } from './document.ts';
import { describeIssue, describeValue, dottedPath } from './issues.ts';
import { type Json, JsonError, parseJson } from './json.ts';
import { migrate } from './migrations/index.ts';

/**
 * Reads a graph document of any schema version. Fields this version does not know are kept.
 * Throws `DocumentError` with every problem: its path, what was expected and what was found.
 */
export function parse(text: string): GraphDocument {
  const root = readJson(text);
  if (typeof root !== 'object' || root === null || Array.isArray(root))
    throw opening([{ path: '', message: `expected a graph document (an object), found ${describeValue(root)}` }]);
  const document = migrate(root);
  const checked = graphSchema.safeParse(document);
  if (checked.success) return checked.data;
  throw opening(
    checked.error.issues.map((issue) => ({ path: dottedPath(issue.path), message: describeIssue(issue, document) })),
  );
}

function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw opening([{ path: `line ${error.line}, column ${error.column}`, message: error.message }]);
  }
}

function opening(problems: readonly Problem[]): DocumentError {
  return new DocumentError(problems.map((problem) => ({ ...problem, blocks: 'opening' })));
}

/**
 * The one way a document is written: keys sorted (the fields of the document and of a node in a fixed order first),
 * two-space indent, short lists of plain values on one line, final newline. `format(parse(text)) === text` for every
 * text that this made.
 */
export function format(document: GraphDocument): string {
  return `${write(document, [], 0)}\n`;
}

const DOCUMENT_FIELDS = [
  '$schema',
  'schemaVersion',
  'title',
  'description',
  'expected',
  'nodes',
  'layout',
  'notes',
  'groups',
  'subgraphs',
];
const NODE_FIELDS = ['kind', 'title', 'mode', 'params', 'inputs'];
const LINE_WIDTH = 120;

function write(value: unknown, path: readonly string[], column: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = '  '.repeat(path.length + 1);
  const outer = '  '.repeat(path.length);
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, [...path, '[]'], inner.length));
    const line = `[${items.join(', ')}]`;
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    if (plain && column + line.length <= LINE_WIDTH) return line;
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${outer}]`;
  }
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(byField(fieldOrder(path)));
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, member]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return start + write(member, [...path, key], start.length);
  });
  return `{\n${lines.join(',\n')}\n${outer}}`;
}

function fieldOrder(path: readonly string[]): readonly string[] {
  if (path[0] === 'subgraphs' && path.length > 1) return fieldOrder(path.slice(2));
  if (path.length === 0) return DOCUMENT_FIELDS;
  return path.length === 2 && path[0] === 'nodes' ? NODE_FIELDS : [];
}

/** Named fields first, in their order, then the others by code unit, which no locale changes. */
function byField(first: readonly string[]) {
  const rank = (key: string) => (first.indexOf(key) + first.length + 1) % (first.length + 1);
  return ([a]: [string, unknown], [b]: [string, unknown]) => rank(a) - rank(b) || (a < b ? -1 : 1);
}
