import { describe, expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument, Subgraph } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { flatten } from '../../../graphs/subgraphs.ts';
import { validate } from '../../../graphs/validate.ts';
import { catalog } from '../../../nodes/catalog.ts';

const graph = (nodes: GraphDocument['nodes'], subgraphs: Record<string, Subgraph['nodes']>): GraphDocument => ({
  schemaVersion: 1,
  title: 't',
  nodes,
  subgraphs: Object.fromEntries(
    Object.entries(subgraphs).map(([name, inner]) => [name, { title: name, nodes: inner }]),
  ),
});
const use = (name: string, inputs?: Record<string, string | string[]>) => ({
  kind: 'subgraph',
  params: { graph: name },
  ...(inputs && { inputs }),
});
const INPUT = { kind: 'subgraph-input' };
const output = (source?: string) => ({ kind: 'subgraph-output', ...(source && { inputs: { value: source } }) });
const PHOTO = { kind: 'image' };
const view = (...sources: string[]) => ({ kind: 'view', inputs: { value: sources } });
/** Takes a picture, gives its tiles and the picture itself. */
const TILES = {
  picture: INPUT,
  tiler: { kind: 'tiler', inputs: { image: 'picture.value' } },
  tiles: output('tiler.image'),
  whole: output('picture.value'),
};
const said = (document: GraphDocument) =>
  validate(document, catalog).map(({ path, message, node }) => `${node} ${path}: ${message}`);

describe('a flat graph', () => {
  test('has the nodes of subgraphs under the id of theirs, wired through', () => {
    const flat = flatten(
      graph(
        { photo: PHOTO, eye: use('tiles', { picture: 'photo.image' }), seen: view('eye.whole', 'eye.tiles') },
        { tiles: TILES },
      ),
    );
    expect(flat.problems).toEqual([]);
    expect(flat.document).toEqual({
      schemaVersion: 1,
      title: 't',
      nodes: {
        photo: PHOTO,
        'eye/tiler': { kind: 'tiler', inputs: { image: 'photo.image' } },
        seen: view('photo.image', 'eye/tiler.image'),
      },
    });
    expect(flat.outputs.get('eye')).toEqual({ tiles: 'eye/tiler.image', whole: 'photo.image' });
    expect(flat.place('eye/tiler')).toEqual(['subgraphs', 'tiles', 'nodes', 'tiler']);
  });

  test('nests: a subgraph in a subgraph, the same one twice', () => {
    const twice = {
      picture: INPUT,
      a: use('tiles', { picture: 'picture.value' }),
      b: use('tiles', { picture: 'a.tiles' }),
      result: output('b.tiles'),
    };
    const document = graph(
      { photo: PHOTO, eye: use('twice', { picture: 'photo.image' }), seen: view('eye.result') },
      { tiles: TILES, twice },
    );
    const plan = compile(document, catalog);
    expect(plan.steps.map(({ id }) => id)).toEqual(['photo', 'eye/a/tiler', 'eye/b/tiler', 'seen']);
    expect(plan.steps.map(({ inputs }) => inputs)).toEqual([
      {},
      { image: [{ node: 'photo', port: 'image' }] },
      { image: [{ node: 'eye/a/tiler', port: 'image' }] },
      { value: [{ node: 'eye/b/tiler', port: 'image' }] },
    ]);
    expect(validate(document, catalog)).toEqual([]);
    expect(compile(document, catalog, { to: ['eye'] }).steps.map(({ id }) => id)).toEqual([
      'photo',
      'eye/a/tiler',
      'eye/b/tiler',
    ]);
    expect(compile(document, catalog, { to: ['eye/a/tiler'] }).steps.map(({ id }) => id)).toEqual([
      'photo',
      'eye/a/tiler',
    ]);
  });

  test('has no wire where an input that need not be connected is not', () => {
    const document = graph(
      { words: use('ask') },
      { ask: { more: INPUT, prompt: { kind: 'prompt', inputs: { text: 'more.value' } } } },
    );
    expect(said(document)).toEqual([]);
    expect(flatten(document).document.nodes).toEqual({ 'words/prompt': { kind: 'prompt' } });
  });
});

describe('what is wrong with subgraphs is said where it stands', () => {
  test.each<[string, GraphDocument, string[]]>([
    [
      'an input that is needed and not connected',
      graph({ eye: use('tiles') }, { tiles: TILES }),
      ['eye nodes.eye.inputs.picture: the input "picture" is not connected'],
    ],
    [
      'a subgraph that is not there',
      graph({ eye: use('tlies'), seen: view('eye.tiles') }, { tiles: TILES }),
      ['eye nodes.eye.params.graph: this graph has no subgraph "tlies" (did you mean "tiles"?)'],
    ],
    [
      'an output that is not there',
      graph({ photo: PHOTO, eye: use('tiles', { picture: 'photo.image' }), seen: view('eye.tile') }, { tiles: TILES }),
      ['seen nodes.seen.inputs.value[0]: "eye" has no output "tile" (did you mean "tiles"?)'],
    ],
    [
      'an input that is not there',
      graph({ photo: PHOTO, eye: use('tiles', { picture: 'photo.image', pictures: 'photo.image' }) }, { tiles: TILES }),
      ['eye nodes.eye.inputs.pictures: "eye" has no input "pictures" (did you mean "picture"?)'],
    ],
    [
      'an output that nothing is wired to',
      graph({ e: use('empty'), seen: view('e.result') }, { empty: { result: output() } }),
      ['seen nodes.seen.inputs.value[0]: nothing is wired to the output "result" in the subgraph "e"'],
    ],
    [
      'a wire of a wrong type through an input',
      graph({ words: { kind: 'prompt' }, eye: use('tiles', { picture: 'words.text' }) }, { tiles: TILES }),
      ['eye/tiler subgraphs.tiles.nodes.tiler.inputs.image: A text wire does not fit here: this input takes image'],
    ],
    [
      'a parameter in a subgraph',
      graph({ a: use('x') }, { x: { photo: { kind: 'image', params: { longestSide: -1 } } } }),
      ['a/photo subgraphs.x.nodes.photo.params.longestSide: expected a whole number from 0 to 8192 px, found -1'],
    ],
    [
      'subgraphs that hold each other',
      graph({ a: use('x') }, { x: { b: use('y') }, y: { c: use('x') } }),
      ['a/b/c subgraphs.y.nodes.c.params.graph: a subgraph cannot hold itself: x → y → x'],
    ],
    [
      'wires that go round through a subgraph',
      graph({ eye: use('tiles', { picture: 'eye.whole' }) }, { tiles: TILES }),
      ['eye/tiler subgraphs.tiles.nodes.tiler.inputs.image: the wires go round in a circle through "picture"'],
    ],
    [
      'an input of a subgraph outside of one',
      graph({ picture: INPUT, seen: view('picture.value') }, {}),
      ['picture nodes.picture.kind: an input or output of a subgraph stands outside of one'],
    ],
  ])('%s', (_name, document, expected) => expect(said(document)).toEqual(expected));

  test('it keeps from running what needs it, and nothing else', () => {
    const document = graph(
      {
        photo: PHOTO,
        lost: use('gone', { picture: 'photo.image' }),
        seen: view('lost.tiles'),
        other: view('photo.image'),
      },
      {},
    );
    expect(() => compile(document, catalog, { to: ['seen'] })).toThrow('this graph has no subgraph "gone"');
    expect(compile(document, catalog, { to: ['other'] }).steps.map(({ id }) => id)).toEqual(['photo', 'other']);
  });

  test('more nodes than memory should hold are refused, however they are nested', () => {
    const levels = Object.fromEntries(
      Array.from({ length: 40 }, (_, level) => [`l${level}`, { a: use(`l${level + 1}`), b: use(`l${level + 1}`) }]),
    );
    expect(() => validate(graph({ a: use('l0') }, { ...levels, l40: {} }), catalog)).toThrow('more than 10000 nodes');
  });
});

test('subgraphs, groups and notes are written as they were read, their fields in order', () => {
  const text = `{
  "schemaVersion": 1,
  "title": "Seen",
  "nodes": {
    "eye": {
      "kind": "subgraph",
      "params": {
        "graph": "tiles"
      }
    }
  },
  "notes": {
    "why": {
      "at": [0, 10],
      "colour": "blue",
      "size": [200, 100],
      "text": "Why"
    }
  },
  "groups": {
    "vision": {
      "at": [-20, -20],
      "size": [400, 300],
      "title": "Vision"
    }
  },
  "subgraphs": {
    "tiles": {
      "title": "Tiles",
      "description": "Cut up",
      "nodes": {
        "picture": {
          "kind": "subgraph-input"
        },
        "tiler": {
          "kind": "tiler",
          "inputs": {
            "image": "picture.value"
          }
        }
      },
      "layout": {
        "tiler": [300, 0]
      },
      "unknown": true
    }
  }
}
`;
  expect(format(parse(text))).toBe(text);
});
