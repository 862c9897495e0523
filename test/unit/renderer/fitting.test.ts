import { describe, expect, it } from 'vitest';
import { acceptedTypes, PORT_TYPES } from '../../../nodes/ports.ts';
import { definitionOf, definitions } from '../../../nodes/registry.ts';
import { addNode, addWire, emptyDocument, removeNodes, removeWires, splice } from '../../../renderer/store/edits.ts';
import { choices, fittingPorts } from '../../../renderer/store/fitting.ts';
import { portsOf } from '../../../renderer/store/library.ts';

const kinds = (found: ReturnType<typeof choices>) => found.map(({ definition }) => definition.kind);

describe('kinds that fit', () => {
  it.each(PORT_TYPES)('a wire of %s is offered to exactly the kinds that take it, at a port that does', (type) => {
    const found = choices({ takes: type });
    const expected = definitions.filter(({ kind }) =>
      Object.values(portsOf({ kind }).inputs).some((port) => acceptedTypes(port).includes(type)),
    );
    expect(kinds(found)).toEqual(expected.map(({ kind }) => kind));
    for (const { definition, input = '' } of found) {
      const port = portsOf({ kind: definition.kind }).inputs[input];
      expect(port && acceptedTypes(port)).toContain(type);
    }
  });

  it('an input is offered only kinds that give what it takes', () => {
    const image = portsOf({ kind: 'vision-encoder' }).inputs.image;
    if (!image) throw new Error('an encoder takes an image');
    const found = kinds(choices({ gives: image }));
    expect(found).toContain('image');
    expect(found).not.toContain('prompt');
    expect(found).not.toContain('llm');
  });

  it('a needed port of that very type comes before an optional one and before one of any type', () => {
    const doc = '';
    const inputs = {
      anything: { type: 'any', doc },
      maybe: { type: 'text', doc, optional: true },
      words: { type: 'text', doc },
    } as const;
    expect(fittingPorts({ inputs, outputs: {} }, { takes: 'text' })).toEqual({ input: 'words' });
    expect(fittingPorts({ inputs, outputs: {} }, { takes: 'score' })).toEqual({ input: 'anything' });
    expect(fittingPorts({ inputs: { words: inputs.words }, outputs: {} }, { takes: 'image' })).toBeUndefined();
  });

  it('everything is offered where nothing is asked', () => {
    expect(kinds(choices({}))).toEqual(definitions.map(({ kind }) => kind));
    expect(definitionOf('image')).toBeDefined();
  });
});

describe('splicing', () => {
  const wire = (source: string, target: string, targetPort: string) => ({
    source,
    sourcePort: 'o',
    target,
    targetPort,
  });
  const start = ['a', 'b', 'c', 'new'].reduce((document, id) => addNode(document, id, 'view', [0, 0]), emptyDocument());
  const into = { id: 'new', input: 'in', output: 'out', several: false };

  it('keeps the place of the wire among those of a multiple input', () => {
    const wired = ['a', 'b', 'c'].reduce(
      (document, id) => addWire(document, wire(id, 'end', 'many'), true),
      addNode(start, 'end', 'view', [0, 0]),
    );
    const after = splice(wired, wire('b', 'end', 'many'), into);
    expect(after.nodes.end?.inputs).toEqual({ many: ['a.o', 'new.out', 'c.o'] });
    expect(after.nodes.new?.inputs).toEqual({ in: 'b.o' });
  });

  it('is undone by wiring past the node and taking it out', () => {
    const before = addWire(start, wire('a', 'b', 'one'), false);
    const after = splice(before, wire('a', 'b', 'one'), into);
    const past = addWire(
      removeWires(after, [{ ...wire('new', 'b', 'one'), sourcePort: 'out' }]),
      wire('a', 'b', 'one'),
      false,
    );
    expect(removeNodes(past, new Set(['new']))).toEqual(removeNodes(before, new Set(['new'])));
  });
});
