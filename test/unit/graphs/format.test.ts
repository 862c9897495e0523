import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutDefaults } from '../../../graphs/defaults.ts';
import { DocumentError, type Problem } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { schemaText } from '../../../graphs/schema.ts';
import { catalog } from '../../../nodes/catalog.ts';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/graphs/${name}`, import.meta.url), 'utf8');
const graph = (rest: object) => JSON.stringify({ schemaVersion: 1, title: 't', nodes: {}, ...rest });

function problemsOf(text: string): readonly Problem[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DocumentError) return error.problems;
    throw error;
  }
  return [];
}

describe('format', () => {
  test('writes what it read, byte for byte', () => {
    const text = fixture('v0.migrated.json');
    expect(format(parse(text))).toBe(text);
  });

  test('does not hang on the order of keys in the file', () => {
    const text =
      '{"zebra":1,"nodes":{"b":{"kind":"x"},"a":{"inputs":{},"kind":"y"}},"title":"t","schemaVersion":1,"alpha":2}';
    const keys = [...format(parse(text)).matchAll(/^ {2}"(\w+)"/gm)].map(([, key]) => key);
    expect(keys).toEqual(['schemaVersion', 'title', 'nodes', 'alpha', 'zebra']);
  });

  test('keeps what this version does not know, on the document and on a node', () => {
    const text = graph({ group: { a: [1] }, nodes: { a: { kind: 'future-kind', glow: { deep: [1, 2] } } } });
    expect(JSON.parse(format(parse(text)))).toEqual(JSON.parse(text));
  });

  test('is stable for any unknown content', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const text = graph({ nodes: { a: { kind: 'prompt', params: extra } }, extra });
        if (problemsOf(text).length > 0) return;
        const once = format(parse(text));
        expect(format(parse(once))).toBe(once);
        expect(JSON.parse(once)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('leaves out parameters that equal their default', () => {
    const document = parse(
      graph({
        nodes: { a: { kind: 'tiler', params: { tile: 336, maxTiles: 6 } }, b: { kind: 'odd', params: { x: 1 } } },
      }),
    );
    const { nodes } = withoutDefaults(document, catalog);
    expect(nodes.a?.params).toEqual({ maxTiles: 6 });
    expect(nodes.b?.params).toEqual({ x: 1 });
  });
});

describe('parse', () => {
  test.each([
    ['{"a": 1,\n  "b": tru}', 'line 2, column 8', 'expected a value'],
    ['{"a": 1', 'line 1, column 8', 'found the end of the file'],
    ['{"nodes": {\n"a": 1, "a": 2}}', 'line 2, column 9', 'occurs twice'],
    ['{"a": 1e999}', 'line 1, column 7', 'too large'],
    ['{"__proto__": {}}', 'line 1, column 2', 'cannot be a name'],
    ['{} x', 'line 1, column 4', 'expected the end'],
    ['['.repeat(100_000), 'line 1, column 101', 'levels deep'],
  ])('names the place of a JSON error: %#', (text, path, message) => {
    const [problem] = problemsOf(text);
    expect(problem?.path).toBe(path);
    expect(problem?.message).toContain(message);
  });

  test('reports every error with its path', () => {
    const text = graph({
      nodes: { 'a b': { kind: 'x' }, llm: { kind: 3, inputs: { prompt: 'zz', visual: ['a.b', 4] } } },
      layout: { a: [1] },
    });
    expect(problemsOf(text).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'nodes["a b"]: expected letters, digits, "_" or "-", starting with a letter',
      'nodes.llm.kind: expected a text, found 3',
      'nodes.llm.inputs.prompt: expected "<node>.<port>", found "zz"',
      'nodes.llm.inputs.visual: expected "<node>.<port>" or a list of them, found a list',
      expect.stringMatching(/^layout\.a: expected a list/),
    ]);
  });

  test('throws nothing but DocumentError, whatever the text', () => {
    const base = fixture('v0.migrated.json');
    fc.assert(
      fc.property(fc.nat(base.length), fc.nat(20), fc.string(), (at, cut, insert) => {
        problemsOf(base.slice(0, at) + insert + base.slice(at + cut));
      }),
    );
    fc.assert(fc.property(fc.json(), (text) => void problemsOf(text)));
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(1),
        (nodes, schemaVersion) => void problemsOf(JSON.stringify({ schemaVersion, title: 't', nodes, edges: nodes })),
      ),
    );
  });
});

describe('migrations', () => {
  test('version 0 becomes today’s document', () => {
    expect(format(parse(fixture('v0.json')))).toBe(fixture('v0.migrated.json'));
  });

  test('a newer version is refused with what to do', () => {
    const [problem] = problemsOf('{"schemaVersion": 7}');
    expect(problem).toMatchObject({ path: 'schemaVersion', hint: 'Update Patchbay to open it', blocks: 'opening' });
    expect(problem?.message).toContain('format 7');
  });

  test.each(['{}', '{"schemaVersion": "1"}', '{"schemaVersion": -1}', '{"schemaVersion": 0.5}'])(
    '%s has no usable version',
    (text) => {
      expect(problemsOf(text)[0]?.path).toBe('schemaVersion');
    },
  );
});

test('the published JSON Schema is the one of document.ts (npx tsx graphs/write-schema.ts)', () => {
  expect(readFileSync(new URL('../../../graphs/graph.schema.json', import.meta.url), 'utf8')).toBe(schemaText());
});
