import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { excerpt, paste } from '../../../renderer/store/copies.ts';
import { addNode, addWire, emptyDocument, removeNodes } from '../../../renderer/store/edits.ts';

/** Graphs of up to eight views, each fed by some of those before it, with places. */
const graphs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 }).map((feeds) =>
  feeds.reduce((document, sources, index) => {
    const placed = addNode(document, `n${index}`, 'view', [index * 300, (index % 3) * 200]);
    return sources
      .filter((source) => source < index)
      .reduce(
        (wired, source) =>
          addWire(wired, { source: `n${source}`, sourcePort: 'value', target: `n${index}`, targetPort: 'many' }, true),
        placed,
      );
  }, emptyDocument()),
);

const someOf = (document: GraphDocument, mask: number) =>
  new Set(Object.keys(document.nodes).filter((_, index) => (mask >> index) % 2 === 1));

const wires = ({ nodes }: GraphDocument) =>
  Object.entries(nodes).flatMap(([target, node]) =>
    Object.values(node.inputs ?? {}).flatMap((sources) => [sources].flat().map((source) => `${source}>${target}`)),
  );

describe('copy and paste', () => {
  it('brings the very nodes, wires and places that were copied into an empty graph', () => {
    fc.assert(
      fc.property(graphs, fc.nat(255), (document, mask) => {
        const part = excerpt(document, someOf(document, mask));
        const [pasted] = paste(emptyDocument(), parse(format(part)));
        expect(pasted.nodes).toEqual(part.nodes);
        expect(pasted.layout ?? {}).toEqual(part.layout ?? {});
      }),
    );
  });

  it('adds nodes of their own beside what was there: as many wires among them, none to the rest', () => {
    fc.assert(
      fc.property(graphs, fc.nat(255), fc.nat(255), (document, mask, other) => {
        const part = excerpt(document, someOf(document, mask));
        const [once, first] = paste(document, part);
        const [twice, second] = paste(once, excerpt(once, new Set([...first, ...someOf(document, other)])));
        expect(new Set([...first, ...second, ...Object.keys(document.nodes)]).size).toBe(
          Object.keys(twice.nodes).length,
        );
        for (const [id, node] of Object.entries(document.nodes)) expect(twice.nodes[id]).toBe(node);
        expect(wires(excerpt(once, new Set(first))).length).toBe(wires(part).length);
        expect(wires(once).length).toBe(wires(document).length + wires(part).length);
        expect(removeNodes(once, new Set(first))).toEqual(document);
      }),
    );
  });

  it('leaves out wires from nodes that are not copied, and does not tie them to others of that name', () => {
    const [pasted] = paste(
      addNode(emptyDocument(), 'photo', 'image', [0, 0]),
      parse('{"schemaVersion":1,"title":"Cut off","nodes":{"seen":{"kind":"view","inputs":{"value":"photo.image"}}}}'),
    );
    expect(pasted.nodes.seen).toEqual({ kind: 'view' });
  });

  it('numbers an id on from its stem, and stands beside what stands in its place', () => {
    let document = addNode(emptyDocument(), 'photo', 'image', [10, 20]);
    for (const id of ['photo-2', 'photo-3']) {
      const [pasted, ids] = paste(document, excerpt(document, new Set(Object.keys(document.nodes).slice(-1))));
      expect(ids).toEqual([id]);
      document = pasted;
    }
    expect(document.layout).toEqual({ photo: [10, 20], 'photo-2': [50, 60], 'photo-3': [90, 100] });
  });

  it('puts the upper left corner of a group at a point, and places nodes that had no place', () => {
    const part = parse(
      '{"schemaVersion":1,"title":"x","nodes":{"a":{"kind":"image"},"b":{"kind":"view","inputs":{"value":"a.image"}}}}',
    );
    const { layout } = paste(emptyDocument(), part, [500.4, -20])[0];
    expect(layout?.a).toEqual([500, -20]);
    expect(layout?.b?.[0]).toBeGreaterThan(500);
  });
});
