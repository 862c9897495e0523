import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify } from '../../../electron/backend/executor/identity.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { validate } from '../../../graphs/validate.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { excerpt, paste } from '../../../renderer/store/copies.ts';
import { addNode, addWire, emptyDocument, removeNodes, setParam } from '../../../renderer/store/edits.ts';
import { graphAt, withGraphAt } from '../../../renderer/store/place.ts';
import { portsIn } from '../../../renderer/store/ports.ts';
import { collapse, expand } from '../../../renderer/store/subgraphs.ts';

/** Graphs of up to nine prompts with text of their own, each fed by some of those before it, in order. */
const graphs = fc.array(fc.array(fc.nat(8), { maxLength: 3 }), { minLength: 1, maxLength: 9 }).map((feeds) =>
  feeds.reduce((document, sources, index) => {
    const id = `p${index}`;
    const placed = setParam(addNode(document, id, 'prompt', [index * 300, (index % 3) * 200]), id, 'text', id);
    return sources
      .filter((source) => source < index)
      .reduce(
        (wired, source) =>
          addWire(wired, { source: `p${source}`, sourcePort: 'text', target: id, targetPort: 'text' }, true),
        placed,
      );
  }, emptyDocument()),
);
const someOf = ({ nodes }: GraphDocument, mask: number) =>
  new Set(Object.keys(nodes).filter((_, index) => (mask >> index) % 2 === 1));
const outputsOf = () => ['text'];
const collapsed = (document: GraphDocument, ids: ReadonlySet<string>, title = 'Part') => {
  const result = collapse(document, ids, title, outputsOf);
  return typeof result === 'string' ? undefined : result;
};

/** The cache key of each node, whatever subgraph it is in. */
async function keysOf(document: GraphDocument) {
  const identities = await identify(compile(document, catalog), 'cpu', async () => undefined);
  return new Map([...identities].map(([id, { key }]) => [id.split('/').at(-1), key]));
}

describe('a selection in a subgraph', () => {
  it('is refused only where a node between would be fed by it and feed it', () => {
    fc.assert(
      fc.property(graphs, fc.nat(511), (document, mask) => {
        const ids = someOf(document, mask);
        const result = collapse(document, ids, 'Part', outputsOf);
        if (typeof result !== 'string') return;
        expect(result).toMatch(ids.size === 0 ? /^Select the nodes/ : /select p\d/);
        const [, first] = /select (p\d)/.exec(result) ?? [];
        if (first) expect(ids.has(first)).toBe(false);
      }),
    );
  });

  it('comes out of it as it went in: nodes, wires and their order', () => {
    fc.assert(
      fc.property(graphs, fc.nat(511), (document, mask) => {
        const [within, id] = collapsed(document, someOf(document, mask)) ?? [];
        if (!within || id === undefined) return;
        expect(parse(format(within))).toEqual(within);
        const [back, ids] = expand(within, id);
        expect(back.nodes).toEqual(document.nodes);
        expect(new Set(ids)).toEqual(someOf(document, mask));
        expect(withGraphAt(within, [], back)).not.toHaveProperty('subgraphs');
      }),
    );
  });

  it('runs as before, with the same cache keys, also in a subgraph of a subgraph', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(511), fc.nat(511), async (document, mask, other) => {
        const [once] = collapsed(document, someOf(document, mask)) ?? [];
        if (!once) return;
        expect(validate(once, catalog)).toEqual([]);
        expect(await keysOf(once)).toEqual(await keysOf(document));
        const [twice] = collapsed(once, new Set([...someOf(once, other), 'part']), 'Outer') ?? [];
        if (twice) expect(await keysOf(twice)).toEqual(await keysOf(document));
      }),
    );
  });

  it('has ports of the types that are wired to them, needed where one within needs them', () => {
    let document = addNode(addNode(emptyDocument(), 'photo', 'image', [0, 0]), 'eye', 'vision-encoder', [300, 0]);
    document = addNode(addNode(document, 'bridge', 'projector', [600, 0]), 'llm', 'llm', [900, 0]);
    for (const [source, sourcePort, target, targetPort] of [
      ['photo', 'image', 'eye', 'image'],
      ['eye', 'features', 'bridge', 'features'],
      ['bridge', 'embeddings', 'llm', 'visual'],
    ] as const)
      document = addWire(document, { source, sourcePort, target, targetPort }, targetPort === 'visual');
    const nothing = () => undefined;
    const [within, id] = collapsed(document, new Set(['eye', 'bridge']), 'Seeing parts') ?? [];
    expect(id).toBe('seeing-parts');
    const ports = portsIn(within as GraphDocument, 'seeing-parts', nothing);
    expect(ports.inputs).toEqual({ image: { type: 'image', doc: expect.any(String) } });
    expect(ports.outputs).toEqual({ embeddings: { type: 'embeddings', doc: expect.any(String) } });
    const inner = graphAt(within as GraphDocument, ['seeing-parts']);
    expect(portsIn(inner, 'image', nothing).outputs).toMatchObject({ value: { type: 'image' } });
    const [outer] = collapsed(within as GraphDocument, new Set(['seeing-parts', 'llm']), 'All') ?? [];
    const all = portsIn(outer as GraphDocument, 'all', nothing);
    expect(all.inputs).toMatchObject({ image: { type: 'image' } });
    expect(all.inputs.image).not.toHaveProperty('optional');
  });
});

describe('copies of subgraph nodes', () => {
  const pair = (text: string) => {
    const photo = addNode(emptyDocument(), 'photo', 'image', [0, 0]);
    const seen = addWire(
      setParam(addNode(addNode(photo, 'words', 'prompt', [300, 0]), 'seen', 'view', [600, 0]), 'words', 'text', text),
      { source: 'words', sourcePort: 'text', target: 'seen', targetPort: 'value' },
      true,
    );
    return (collapsed(seen, new Set(['words', 'seen'])) ?? [seen])[0];
  };

  it('bring what they stand for into another document, once, and under another name beside one that differs', () => {
    const part = excerpt(pair('a'), new Set(['part']));
    const [first] = paste(emptyDocument(), parse(format(part)));
    expect(first.subgraphs).toEqual(pair('a').subgraphs);
    const [second] = paste(first, part);
    expect(Object.keys(second.subgraphs ?? {})).toEqual(['part']);
    const [third, ids] = paste(second, excerpt(pair('b'), new Set(['part'])));
    expect(Object.keys(third.subgraphs ?? {})).toEqual(['part', 'part-2']);
    expect(third.nodes[ids[0] ?? '']?.params).toEqual({ graph: 'part-2' });
    expect(third.subgraphs?.['part-2']?.nodes.words?.params).toEqual({ text: 'b' });
  });

  it('what no node stands for any more goes with the last one', () => {
    const document = pair('a');
    const [twice, ids] = paste(document, excerpt(document, new Set(['part'])));
    const one = withGraphAt(twice, [], removeNodes(twice, new Set(ids)));
    expect(Object.keys(one.subgraphs ?? {})).toEqual(['part']);
    expect(withGraphAt(one, [], removeNodes(one, new Set(['part'])))).not.toHaveProperty('subgraphs');
  });
});
