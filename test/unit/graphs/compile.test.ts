import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import { DocumentError, type GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { validate } from '../../../graphs/validate.ts';
import { catalog } from '../../../nodes/catalog.ts';

const graph = (nodes: GraphDocument['nodes']): GraphDocument => ({ schemaVersion: 1, title: 't', nodes });
const said = (nodes: GraphDocument['nodes']) =>
  validate(graph(nodes), catalog).map(({ path, message }) => `${path}: ${message}`);

const tiled = {
  photo: { kind: 'image' },
  tiles: { kind: 'tiler', inputs: { image: 'photo.image' } },
  look: { kind: 'view', inputs: { value: 'tiles.image', picture: 'photo.image' } },
};

describe('validate', () => {
  test('a sound graph has no problems', () => expect(said(tiled)).toEqual([]));

  test.each<[string, GraphDocument['nodes'], string]>([
    ['unknown kind', { a: { kind: 'promt' } }, 'nodes.a.kind: there is no node kind "promt" (did you mean "prompt"?)'],
    [
      'unknown parameter',
      { a: { kind: 'prompt', params: { txet: '' } } },
      'nodes.a.params.txet: "prompt" has no parameter "txet" (did you mean "text"?)',
    ],
    [
      'out of range',
      { a: { kind: 'image', params: { longestSide: 9000 } } },
      'nodes.a.params.longestSide: expected a whole number from 0 to 8192 px, found 9000',
    ],
    [
      'wrong type',
      { a: { kind: 'prompt', params: { variables: { who: 3 } } } },
      'nodes.a.params.variables.who: expected a text, found 3',
    ],
    [
      'missing node',
      { a: { kind: 'prompt', inputs: { text: 'b.text' } } },
      'nodes.a.inputs.text: there is no node "b" (did you mean "a"?)',
    ],
    [
      'inherited name',
      { a: { kind: 'prompt', inputs: { text: ['toString.x'] } } },
      'nodes.a.inputs.text[0]: there is no node "toString"',
    ],
    [
      'missing output',
      { ...tiled, a: { kind: 'view', inputs: { value: 'photo.imgae' } } },
      'nodes.a.inputs.value: "photo" has no output "imgae" (did you mean "image"?)',
    ],
    [
      'missing input',
      { ...tiled, a: { kind: 'prompt', inputs: { constructor: 'photo.image' } } },
      'nodes.a.inputs.constructor: "prompt" has no input "constructor"',
    ],
    [
      'wrong port type',
      { ...tiled, a: { kind: 'prompt', inputs: { text: 'photo.image' } } },
      'nodes.a.inputs.text: An image wire does not fit here: this input takes text or answer. An LLM can describe the picture first',
    ],
    [
      'too many wires',
      { ...tiled, tiles: { kind: 'tiler', inputs: { image: ['photo.image', 'photo.image'] } } },
      'nodes.tiles.inputs.image: the input "image" takes one wire, found 2',
    ],
    ['unconnected', { a: { kind: 'tiler' } }, 'nodes.a.inputs.image: the input "image" is not connected'],
  ])('%s', (_name, nodes, message) => expect(said(nodes)).toEqual([message]));

  test('names each cycle in the direction of the data, and spares what hangs on it', () => {
    const wired = (...text: string[]) => ({ kind: 'prompt', inputs: { text: text.map((id) => `${id}.text`) } });
    expect(said({ a: wired('c'), b: wired('a'), c: wired('b'), d: wired('d'), e: wired('c', 'd') })).toEqual([
      'nodes.a.inputs: the wires go round in a circle: a → b → c → a',
      'nodes.d.inputs: the wires go round in a circle: d → d',
    ]);
  });

  test('a file whose ports are not known yet takes any wire; once known, they are checked', () => {
    const nodes = {
      ...tiled,
      model: { kind: 'onnx-model', inputs: { 'past.0.key': 'photo.image' } },
      a: { kind: 'view', inputs: { value: 'model.present.0.key' } },
    };
    expect(said(nodes)).toEqual([]);
    const ports = { inputs: [{ name: 'pixels', dtype: 'float32', dims: ['n', 3] }], outputs: [] };
    expect(validate(graph(nodes), catalog, { model: ports }).map(({ path }) => path)).toEqual([
      'nodes.model.inputs.pixels',
      'nodes.model.inputs["past.0.key"]',
      'nodes.a.inputs.value',
    ]);
  });

  test('every problem of a document at once, each on its node', () => {
    const problems = validate(graph({ a: { kind: 'nope' }, b: { kind: 'tiler', params: { tile: 1, x: 2 } } }), catalog);
    expect(problems.map(({ node, blocks }) => [node, blocks])).toEqual([
      ['a', 'running'],
      ['b', 'running'],
      ['b', 'running'],
      ['b', 'running'],
    ]);
  });
});

describe('compile', () => {
  test('fills in defaults and asks for what is used', () => {
    const plan = compile(graph(tiled), catalog);
    expect(plan.steps.map(({ id, wanted }) => [id, wanted])).toEqual([
      ['photo', ['image']],
      ['tiles', ['image']],
      ['look', []],
    ]);
    expect(plan.steps[1]).toMatchObject({
      params: { tile: 336, thumbnail: true },
      inputs: { image: [{ node: 'photo', port: 'image' }] },
    });
  });

  test('takes only what the targets need: broken nodes elsewhere do not matter', () => {
    const plan = compile(graph({ ...tiled, broken: { kind: 'nope' } }), catalog, { to: ['tiles'] });
    expect(plan.steps.map(({ id }) => id)).toEqual(['photo', 'tiles']);
    expect(() => compile(graph(tiled), catalog, { to: ['tile'] })).toThrow(
      'to: there is no node "tile" (did you mean "tiles"?)',
    );
  });

  const ids = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const anyWires = fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 24 });
  const prompts = (wires: readonly (readonly [string, string])[]) =>
    graph(
      Object.fromEntries(
        ids.map((id) => [
          id,
          { kind: 'prompt', inputs: { text: wires.flatMap(([from, to]) => (to === id ? [`${from}.text`] : [])) } },
        ]),
      ),
    );

  test('orders each step after its sources, or names a cycle', () => {
    fc.assert(
      fc.property(anyWires, (wires) => {
        try {
          const order = compile(prompts(wires), catalog).steps.map(({ id }) => id);
          expect([...order].sort()).toEqual([...ids].sort());
          for (const [from, to] of wires) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          const cycle = error.problems[0]?.message.split(': ')[1]?.split(' → ') ?? [];
          expect(cycle.length).toBeGreaterThan(1);
          for (const [i, to] of cycle.slice(1).entries()) expect(wires).toContainEqual([cycle[i], to]);
        }
      }),
    );
  });

  test('does not change when nodes are moved, reordered or written and read', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(tiled), { minLength: 3 }),
        fc.integer(),
        fc.integer(),
        (entries, x, y) => {
          const moved = { ...graph(Object.fromEntries(entries)), layout: { photo: [x, y] as [number, number] } };
          expect(compile(parse(format(moved)), catalog)).toEqual(compile(graph(tiled), catalog));
        },
      ),
    );
  });
});
