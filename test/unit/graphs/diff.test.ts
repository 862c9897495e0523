import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutDefaults } from '../../../graphs/defaults.ts';
import { type Change, diff, inWords } from '../../../graphs/diff.ts';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';

const EXAMPLES = new URL('../../../graphs/examples/', import.meta.url);
const example = (name: string) =>
  withoutDefaults(parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8')), catalog);
const words = (a: GraphDocument, b: GraphDocument) => inWords(diff(a, b), a, b, catalog);

function graph(nodes: GraphDocument['nodes'], title = 't'): GraphDocument {
  return { schemaVersion: 1, title, nodes };
}

/** Title and nodes with each input as a list and nothing empty: what has the same structure looks the same. */
function structure({ title, nodes }: GraphDocument) {
  const plain = ({ params = {}, inputs = {}, ...node }: GraphNode) => ({
    ...node,
    params,
    inputs: Object.fromEntries(
      Object.entries(inputs)
        .map(([port, wired]) => [port, [wired].flat()] as const)
        .filter(([, wired]) => wired.length > 0),
    ),
  });
  return { title, nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, plain(node)])) };
}

/** Carries out changes, one after the other, knowing nothing of the graph that they lead to. */
function apply(document: GraphDocument, changes: readonly Change[]) {
  const made = structuredClone(structure(document));
  const { nodes } = made;
  const at = (id: string) => nodes[id] as GraphNode & (typeof nodes)[string];
  const put = (into: Record<string, unknown>, name: string, value: unknown) => {
    if (value === undefined) delete into[name];
    else into[name] = value;
  };
  for (const change of changes) {
    if (change.type === 'title') made.title = change.to;
    if (change.type === 'removed') delete nodes[change.node];
    if (change.type === 'added') Object.assign(nodes, structure(graph({ [change.node]: change.content })).nodes);
    if (change.type === 'kind') at(change.node).kind = change.to;
    if (change.type === 'field') put(at(change.node), change.name, change.to);
    if (change.type === 'parameter') put(at(change.node).params, change.name, change.to);
    if (change.type === 'wires') put(at(change.node).inputs, change.port, change.to.length > 0 ? change.to : undefined);
    if (change.type === 'renamed') {
      nodes[change.to] = at(change.from);
      delete nodes[change.from];
      for (const node of Object.values(nodes))
        for (const [port, wired] of Object.entries(node.inputs))
          node.inputs[port] = wired.map((source) => source.replace(`${change.from}.`, `${change.to}.`));
    }
  }
  return made;
}

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const sources = fc.tuple(ids, fc.constantFrom('image', 'text')).map((parts) => parts.join('.'));
const nodes = fc.dictionary(
  ids,
  fc.record(
    {
      kind: fc.constantFrom('image', 'prompt', 'llm'),
      title: fc.constantFrom('one', 'two'),
      params: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom(1, 'one', [1, 2], { deep: null })),
      inputs: fc.dictionary(fc.constantFrom('in', 'more'), fc.oneof(sources, fc.array(sources, { maxLength: 3 }))),
    },
    { requiredKeys: ['kind'] },
  ),
);
const graphs = fc.record({ title: fc.constantFrom('t', 'u'), nodes }).map(({ title, nodes }) => graph(nodes, title));

describe('of any two graphs', () => {
  test('a graph differs from itself in nothing, however it is written', () => {
    fc.assert(
      fc.property(graphs, (a) => {
        expect(diff(a, a)).toEqual([]);
        expect(diff(a, structure(a) as GraphDocument)).toEqual([]);
      }),
    );
  });

  test('the changes make the second from the first, and each is told', () => {
    fc.assert(
      fc.property(graphs, graphs, (a, b) => {
        const changes = diff(a, b);
        expect(apply(a, changes)).toEqual(structure(b));
        expect(inWords(changes, a, b, catalog).length).toBeGreaterThanOrEqual(changes.length);
      }),
      { numRuns: 500 },
    );
  });

  test('ids alone are renames alone, whatever the order of the new ones', () => {
    const permuted = fc.shuffledSubarray(['p', 'q', 'r', 's', 't'], { minLength: 5 });
    fc.assert(
      fc.property(graphs, permuted, (drawn, names) => {
        // Sources come before what they feed, and no two nodes are the same.
        const order = Object.keys(drawn.nodes).sort();
        const a = graph(
          Object.fromEntries(
            order.map((id, at) => {
              const before = (wired: string | string[]) =>
                [wired]
                  .flat()
                  .filter((source) => order.indexOf(source.slice(0, 1)) < at && order.includes(source.slice(0, 1)));
              const { inputs = {}, ...node } = drawn.nodes[id] as GraphNode;
              const kept = Object.entries(inputs).map(([port, wired]) => [port, before(wired)]);
              return [id, { ...node, params: { at }, inputs: Object.fromEntries(kept) }];
            }),
          ),
        );
        const renames = order.map((from, i): Change => ({ type: 'renamed', from, to: names[i] as string }));
        const b = { ...a, ...apply(a, renames) };
        expect(new Set(diff(a, b))).toEqual(new Set(renames));
      }),
    );
  });

  test('layout and notes are no difference', () => {
    const a = example('llava-tiny');
    expect(diff(a, { ...a, layout: {}, notes: { n: { text: 'x', at: [0, 0] } }, description: '' })).toEqual([]);
  });
});

test('the changes between the examples make one from the other', () => {
  const all = readdirSync(EXAMPLES).flatMap((file) => (file.endsWith('.json') ? example(file.slice(0, -5)) : []));
  expect(all.length).toBeGreaterThan(20);
  for (const a of all) for (const b of all) expect(apply(a, diff(a, b))).toEqual(structure(b));
});

describe('in words', () => {
  test('LLaVA and BLIP-2 differ in title, picture, question and the connector', () => {
    expect(words(example('llava-tiny'), example('blip-2-tiny'))).toEqual([
      'the title changed from "LLaVA (tiny)" to "BLIP-2 (tiny)"',
      'connector was a projector and is a q-former now',
      'connector.model changed from "tiny:linear" to "tiny:q-former"',
      'photo.source changed from "example:shapes-002" to "example:shapes-006"',
      'question.text changed from "What color is the circle?" to "How many triangles are there?"',
    ]);
  });

  const photo = { kind: 'image', params: { source: 'x.png' } };
  const eye = { kind: 'vision-encoder', inputs: { image: 'photo.image' } };

  test('a node that is renamed is not removed and added, and nor is what hangs on it', () => {
    const encoder = { kind: 'vision-encoder', inputs: { image: 'picture.image' } };
    expect(words(graph({ photo, eye }), graph({ picture: photo, encoder }))).toEqual([
      'photo is called picture now',
      'eye is called encoder now',
    ]);
  });

  test('a node with another parameter as well as another id is another node', () => {
    const other = { kind: 'image', params: { source: 'y.png' } };
    expect(words(graph({ photo }), graph({ other }))).toEqual([
      'photo (image) was removed',
      'other (image) was added with source "y.png"',
    ]);
  });

  test('of two alike, each keeps the place it feeds', () => {
    const views = (a: string, b: string) => ({
      left: { kind: 'view', inputs: { value: `${a}.image` } },
      right: { kind: 'view', inputs: { value: `${b}.image` } },
    });
    expect(
      words(graph({ a: photo, b: photo, ...views('a', 'b') }), graph({ c: photo, d: photo, ...views('d', 'c') })),
    ).toEqual(['a is called d now', 'b is called c now']);
  });

  test('wires are removed, added and put in another order, and defaults are said', () => {
    const llm = (visual: string[], params = {}) => ({ kind: 'llm', params, inputs: { visual } });
    expect(
      words(graph({ llm: llm(['a.x', 'b.x'], { temperature: 0.5 }) }), graph({ llm: llm(['b.x', 'c.x']) })),
    ).toEqual([
      expect.stringMatching(/^llm\.temperature changed from 0\.5 to [\d.]+ \(its default\)$/),
      'the wire a.x → llm.visual was removed',
      'the wire c.x → llm.visual was added',
    ]);
    expect(words(graph({ llm: llm(['a.x', 'b.x']) }), graph({ llm: llm(['b.x', 'a.x']) }))).toEqual([
      'the wires into llm.visual are in another order: b.x, a.x',
    ]);
  });

  test('a node is added with its wires', () => {
    expect(words(graph({ photo }), graph({ photo, eye }))).toEqual([
      'eye (vision-encoder) was added',
      'the wire photo.image → eye.image was added',
    ]);
  });
});
