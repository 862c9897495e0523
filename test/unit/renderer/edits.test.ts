import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { duplicate } from '../../../renderer/store/copies.ts';
import {
  addNode,
  addWire,
  emptyDocument,
  freeId,
  moveNodes,
  removeNodes,
  removeWires,
  setModel,
  setParam,
} from '../../../renderer/store/edits.ts';

const wire = (source: string, target: string, targetPort = 'value') => ({
  source,
  sourcePort: 'image',
  target,
  targetPort,
});

function chain(): GraphDocument {
  let document = addNode(emptyDocument(), 'photo', 'image', [0, 0]);
  document = addNode(document, 'other', 'image', [0, 200]);
  document = addNode(document, 'seen', 'view', [300, 0]);
  return addWire(document, wire('photo', 'seen'), false);
}

describe('edits of a document', () => {
  it('replaces the wire of a single input and appends to a multiple one, in order', () => {
    expect(addWire(chain(), wire('other', 'seen'), false).nodes.seen?.inputs).toEqual({ value: 'other.image' });
    const several = addWire(addWire(chain(), wire('photo', 'seen', 'm'), true), wire('other', 'seen', 'm'), true);
    expect(several.nodes.seen?.inputs?.m).toEqual(['photo.image', 'other.image']);
  });

  it('takes the wires of a removed node with it, and nothing else', () => {
    const left = removeNodes(chain(), new Set(['photo']));
    expect(Object.keys(left.nodes)).toEqual(['other', 'seen']);
    expect(left.nodes.seen).toEqual({ kind: 'view' });
    expect(left.layout).not.toHaveProperty('photo');
  });

  it('goes back to the same document when a wire is drawn and removed', () => {
    const without = removeWires(chain(), [wire('photo', 'seen')]);
    expect(removeWires(addWire(without, wire('other', 'seen'), false), [wire('other', 'seen')])).toEqual(without);
  });

  it('takes the feature layer along when a model wants another than the one before, and leaves a chosen one else', () => {
    const encoder = addNode(emptyDocument(), 'eye', 'vision-encoder', [0, 0]);
    const params = (document: GraphDocument) => document.nodes.eye?.params;
    const tiny = setModel(encoder, 'eye', 'tiny:clip-vit');
    expect(params(tiny)).toEqual({ model: 'tiny:clip-vit', featureLayer: -1 });
    expect(setModel(tiny, 'eye', 'paper:clip-vit-l-14')).toEqual(encoder);
    const chosen = setParam(encoder, 'eye', 'featureLayer', -1);
    expect(params(setModel(chosen, 'eye', 'paper:clip-vit-b-32'))).toMatchObject({ featureLayer: -1 });
    expect(params(setModel(setParam(tiny, 'eye', 'featureLayer', -2), 'eye', 'trained:other'))).toEqual({
      model: 'trained:other',
    });
  });

  it('leaves a parameter that equals its default out of the document', () => {
    const set = setParam(chain(), 'photo', 'crop', 'square');
    expect(set.nodes.photo?.params).toEqual({ crop: 'square' });
    expect(setParam(set, 'photo', 'crop', 'none')).toEqual(chain());
  });

  it('keeps the objects of nodes that an edit does not touch', () => {
    const before = chain();
    const after = moveNodes(setParam(before, 'photo', 'crop', 'square'), { seen: [9.6, 2.2] });
    expect(after.nodes.other).toBe(before.nodes.other);
    expect(after.nodes.seen).toBe(before.nodes.seen);
    expect(after.layout?.seen).toEqual([10, 2]);
  });

  it('wires copies among themselves and to what fed the originals', () => {
    const [both, ids] = duplicate(chain(), ['photo', 'seen']);
    expect(ids).toEqual(['photo-2', 'seen-2']);
    expect(both.nodes['seen-2']?.inputs).toEqual({ value: 'photo-2.image' });
    const [one] = duplicate(chain(), ['seen']);
    expect(one.nodes['seen-2']?.inputs).toEqual({ value: 'photo.image' });
  });

  it('makes only documents that can be written and read again', () => {
    const step = fc.record({
      what: fc.constantFrom('add', 'wire', 'remove', 'param', 'copy'),
      from: fc.nat(8),
      to: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let document = chain();
        for (const { what, from, to } of steps) {
          const ids = Object.keys(document.nodes);
          const [a, b] = [ids[from % ids.length] ?? 'photo', ids[to % ids.length] ?? 'photo'];
          if (what === 'add') document = addNode(document, freeId(document, 'image'), 'image', [from, to]);
          if (what === 'wire') document = addWire(document, wire(a, b), from % 2 === 0);
          if (what === 'remove') document = removeNodes(document, new Set([a]));
          if (what === 'param') document = setParam(document, a, 'crop', 'square');
          if (what === 'copy') [document] = duplicate(document, [a, b]);
        }
        expect(parse(format(document))).toEqual(document);
      }),
    );
  });
});
