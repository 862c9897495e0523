import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { diff } from '../../../graphs/diff.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { askedBy, asking } from '../../../renderer/panes/inputs.ts';
import { marksOf } from '../../../renderer/panes/marks.ts';

const example = async (name: string) => parse(await readFile(`graphs/examples/${name}.json`, 'utf8'));

function marks(a: GraphDocument, b: GraphDocument) {
  const changes = diff(a, b);
  return { a: marksOf(changes, 'a', a.nodes), b: marksOf(changes, 'b', b.nodes) };
}

const graph = (nodes: GraphDocument['nodes']): GraphDocument => ({ schemaVersion: 1, title: 'G', nodes });

describe('what is marked on two graphs', () => {
  it('is nothing where they are the same', async () => {
    const start = await example('start');
    const { a, b } = marks(start, start);
    expect([a.nodes, b.nodes, a.wires.size, b.wires.size]).toEqual([{}, {}, 0, 0]);
  });

  it('names on both sides what is another: a kind and its model', async () => {
    const { a, b } = marks(await example('llava-1.5-tiny'), await example('blip-2-tiny'));
    expect(a.nodes.connector).toEqual({ type: 'changed', what: ['kind', 'model'] });
    expect(b.nodes.connector).toEqual({ type: 'changed', what: ['kind', 'model'] });
  });

  it('shows the default where a parameter is left out on one side', () => {
    const { a, b } = marks(
      graph({ llm: { kind: 'llm' } }),
      graph({ llm: { kind: 'llm', params: { temperature: 0.7 } } }),
    );
    expect(a.nodes.llm?.what).toEqual(['temperature 0']);
    expect(b.nodes.llm?.what).toEqual(['temperature 0.7']);
  });

  it('marks a removed node and its wires in the first, an added one in the second, and both ends of a new wire', () => {
    const photo = { kind: 'image' };
    const { a, b } = marks(
      graph({ photo, seen: { kind: 'view', inputs: { value: 'photo.image' } } }),
      graph({ photo, tiles: { kind: 'tiler', inputs: { image: 'photo.image' } } }),
    );
    expect(a.nodes).toEqual({ seen: { type: 'removed', what: [] } });
    expect([...a.wires]).toEqual(['photo.image>seen.value']);
    expect(b.nodes).toEqual({ tiles: { type: 'added', what: [] } });
    expect([...b.wires]).toEqual(['photo.image>tiles.image']);
  });

  it('calls nodes of the first graph as the first graph does', () => {
    const { a, b } = marks(
      graph({ photo: { kind: 'image' }, seen: { kind: 'view', inputs: { value: 'photo.image' } } }),
      graph({
        picture: { kind: 'image' },
        other: { kind: 'image', params: { source: 'example:chart' } },
        seen: { kind: 'view', inputs: { value: 'other.image' } },
      }),
    );
    expect(a.nodes.photo).toEqual({ type: 'changed', what: ['called photo'] });
    expect(b.nodes.picture).toEqual({ type: 'changed', what: ['called picture'] });
    expect([...a.wires]).toEqual(['photo.image>seen.value']);
    expect(b.wires.has('other.image>seen.value')).toBe(true);
  });
});

describe('one picture and one question', () => {
  it('go into both graphs, so that they are no difference', async () => {
    const [a, b] = [await example('start'), await example('llava-tiny')];
    const asked = askedBy(a);
    const other = asking(b, asked);
    expect(askedBy(other)).toEqual(asked);
    expect(marks(a, other).b.nodes.photo).toBeUndefined();
    expect(marks(a, b).b.nodes.photo).toBeDefined();
  });

  it('leave a graph alone that has two places for them, or none', () => {
    const two = graph({ one: { kind: 'image' }, other: { kind: 'image' }, words: { kind: 'prompt' } });
    expect(asking(two, { picture: 'example:chart' })).toEqual(two);
    expect(askedBy(two)).toEqual({ picture: undefined, question: '' });
  });
});
