import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import { diff, inWords } from '../../../graphs/diff.ts';
import type { GraphDocument, GraphNode, NodeMode } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { activePart, idleNodes, whyNoBypass } from '../../../graphs/modes.ts';
import { flatten } from '../../../graphs/subgraphs.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { toggleMode } from '../../../renderer/store/modes.ts';

const graph = (nodes: GraphDocument['nodes']): GraphDocument => ({ schemaVersion: 1, title: 't', nodes });
const ran = (nodes: GraphDocument['nodes'], options = {}) =>
  compile(graph(nodes), catalog, options).steps.map(({ id }) => id);

/** A picture, cut into tiles, encoded and asked about; the picture is also looked at. */
const LLAVA = {
  photo: { kind: 'image' },
  tiles: { kind: 'tiler', inputs: { image: 'photo.image' } },
  encoder: { kind: 'vision-encoder', inputs: { image: 'tiles.image' } },
  projector: { kind: 'projector', inputs: { features: 'encoder.features' } },
  question: { kind: 'prompt', params: { text: 'What is it?' } },
  llm: { kind: 'llm', inputs: { prompt: 'question.text', visual: ['projector.embeddings'] } },
  look: { kind: 'view', inputs: { value: 'tiles.image', picture: 'photo.image' } },
} satisfies GraphDocument['nodes'];

const withMode = (id: keyof typeof LLAVA, mode: NodeMode) => ({ ...LLAVA, [id]: { ...LLAVA[id], mode } });

/** Pictures and tilers, each tiler over an earlier node, in any modes: everything can be bypassed but a picture. */
const chains = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom<NodeMode | undefined>(undefined, undefined, 'mute', 'bypass')), {
    minLength: 1,
    maxLength: 12,
  })
  .map((drawn) =>
    drawn.map(([from, mode], index): GraphNode => {
      const source = index === 0 ? 0 : from % (index + 1);
      const fed = source > 0;
      const held = mode === 'bypass' && !fed ? undefined : mode;
      return {
        kind: fed ? 'tiler' : 'image',
        ...(held && { mode: held }),
        ...(fed && { inputs: { image: `n${source - 1}.image` } }),
      };
    }),
  )
  .map((nodes) => Object.fromEntries(nodes.map((node, index) => [`n${index}`, node])));

describe('which nodes run', () => {
  test('those that are not bypassed and hang on no muted node, fed by the nearest before them that runs', () => {
    fc.assert(
      fc.property(chains, (nodes) => {
        const sourceOf = (id: string) => String(nodes[id]?.inputs?.image ?? '').split('.')[0] ?? '';
        const isSilent = (id: string): boolean => id !== '' && (nodes[id]?.mode === 'mute' || isSilent(sourceOf(id)));
        const isBypassed = (id: string) => nodes[id]?.mode === 'bypass';
        const feeding = (id: string): string => (isBypassed(sourceOf(id)) ? feeding(sourceOf(id)) : sourceOf(id));
        const expected = Object.keys(nodes).filter((id) => !isSilent(id) && !isBypassed(id));

        const { steps, idle } = compile(graph(nodes), catalog);
        expect(steps.map(({ id }) => id).sort()).toEqual(expected.sort());
        expect(Object.keys({ ...idle, ...Object.fromEntries(steps.map(({ id }) => [id, ''])) }).sort()).toEqual(
          Object.keys(nodes).sort(),
        );
        for (const { id, inputs } of steps)
          expect(inputs.image?.map(({ node }) => node) ?? ['']).toEqual([feeding(id)]);
      }),
    );
  });

  test('a mode survives in the file, and the same command takes it away again', () => {
    fc.assert(
      fc.property(chains, fc.constantFrom<NodeMode>('mute', 'bypass'), (nodes, mode) => {
        const document = graph(nodes);
        expect(format(parse(format(document)))).toBe(format(document));
        const ids = Object.keys(nodes).filter((id) => nodes[id]?.mode !== mode);
        const { document: switched, refusals } = toggleMode(document, ids, mode);
        const changed = ids.filter((id) => switched.nodes[id]?.mode === mode);
        expect(changed.length + refusals.length).toBe(ids.length);
        for (const { mode: left } of Object.values(toggleMode(switched, changed, mode).document.nodes).filter((_, i) =>
          changed.includes(`n${i}`),
        ))
          expect(left).toBeUndefined();
      }),
    );
  });

  test('a muted node and what depends on it do not, with the reason in words', () => {
    const { steps, idle } = compile(graph(withMode('encoder', 'mute')), catalog);
    expect(steps.map(({ id }) => id).sort()).toEqual(['look', 'photo', 'question', 'tiles']);
    expect(idle).toEqual({ encoder: 'muted', projector: 'encoder is muted', llm: 'encoder is muted' });
  });

  test('what is wrong with a muted node does not matter', () => {
    expect(ran({ ...LLAVA, lost: { kind: 'hologram', mode: 'mute' }, bare: { kind: 'view', mode: 'mute' } })).toContain(
      'llm',
    );
  });

  test('run to here takes what the node needs, run from here what depends on it and what that needs', () => {
    expect(ran(LLAVA, { to: ['encoder'] })).toEqual(['photo', 'tiles', 'encoder']);
    expect(ran(LLAVA, { from: ['projector'] }).sort()).toEqual([
      'encoder',
      'llm',
      'photo',
      'projector',
      'question',
      'tiles',
    ]);
    expect(ran(LLAVA, { from: ['look'] }).sort()).toEqual(['look', 'photo', 'tiles']);
  });

  test('a node that does not run cannot be run to', () => {
    expect(() => ran(withMode('photo', 'mute'), { to: ['llm'] })).toThrow(
      'nodes.llm: llm does not run: photo is muted',
    );
    expect(() => ran(withMode('tiles', 'bypass'), { to: ['tiles'] })).toThrow('tiles does not run: bypassed');
    expect(() => ran(LLAVA, { from: ['lmm'] })).toThrow('there is no node "lmm" (did you mean "llm"?)');
  });
});

describe('a bypassed node', () => {
  test('passes on the input of its output’s type, and the wires of others lead past it', () => {
    const { document, idle } = activePart(flatten(graph(withMode('tiles', 'bypass'))), catalog);
    expect(document.nodes.encoder?.inputs).toEqual({ image: 'photo.image' });
    expect(document.nodes.look?.inputs).toEqual({ value: 'photo.image', picture: 'photo.image' });
    expect(idle.get('tiles')).toEqual({ mode: 'bypass', why: 'bypassed: image passes through' });
  });

  test('passes an answer on where one comes in, but makes none of a question', () => {
    const second = { kind: 'llm', inputs: { prompt: 'llm.answer' } };
    const read = { kind: 'view', inputs: { value: 'second.answer' } };
    const cascade = graph({ ...LLAVA, second, read });
    expect(whyNoBypass(cascade, 'second', catalog)).toBeUndefined();
    const { document } = activePart(flatten(graph({ ...LLAVA, second: { ...second, mode: 'bypass' }, read })), catalog);
    expect(document.nodes.read?.inputs).toEqual({ value: 'llm.answer' });
    expect(whyNoBypass(cascade, 'llm', catalog)).toBe(
      'llm cannot be bypassed: nothing that is of the type answer comes in for its output "answer"',
    );
  });

  test.each<[keyof typeof LLAVA, string]>([
    ['projector', 'projector gives embeddings and takes none, so nothing can pass through it: mute it instead'],
    ['photo', 'photo gives image and takes none, so nothing can pass through it: mute it instead'],
    ['look', 'look gives nothing to others, so there is nothing to pass on: mute it instead'],
  ])('%s is refused with the reason', (id, why) => {
    expect(whyNoBypass(graph(LLAVA), id, catalog)).toBe(why);
    expect(toggleMode(graph(LLAVA), [id], 'bypass')).toEqual({ document: graph(LLAVA), refusals: [why] });
  });

  test('is a problem of the file where it has nothing to pass on, and of that node alone', () => {
    expect(() => ran(withMode('projector', 'bypass'))).toThrow(
      /^nodes\.projector\.mode: projector cannot be bypassed: nothing that is of the type embeddings[^(]*$/,
    );
    expect(ran(withMode('projector', 'bypass'), { to: ['encoder'] })).toEqual(['photo', 'tiles', 'encoder']);
  });
});

test('a change of mode is told in words', () => {
  const [a, b] = [graph(withMode('encoder', 'mute')), graph(withMode('tiles', 'bypass'))];
  const told = (from: GraphDocument, to: GraphDocument) => inWords(diff(from, to), from, to, catalog);
  expect(told(graph(LLAVA), a)).toEqual(['encoder is muted now: neither it runs nor what depends on it']);
  expect(told(a, b)).toEqual(['encoder runs again', 'tiles is bypassed now']);
});

describe('a subgraph', () => {
  const within = (mode?: NodeMode, inner: Record<string, GraphNode> = {}): GraphDocument => ({
    ...graph({
      ...LLAVA,
      tiles: { kind: 'subgraph', params: { graph: 'cut' }, inputs: { image: 'photo.image' }, ...(mode && { mode }) },
      encoder: { ...LLAVA.encoder, inputs: { image: 'tiles.cut' } },
      look: { ...LLAVA.look, inputs: { value: 'tiles.cut' } },
    }),
    subgraphs: {
      cut: {
        title: 'Cut',
        nodes: {
          image: { kind: 'subgraph-input' },
          tiler: { kind: 'tiler', inputs: { image: 'image.value' } },
          cut: { kind: 'subgraph-output', inputs: { value: 'tiler.image' } },
          ...inner,
        },
      },
    },
  });
  const idleIn = (document: GraphDocument) => Object.fromEntries(idleNodes(document, catalog));

  test('is muted with all in it, and what depends on it does not run', () => {
    const waits = { mode: 'waits', why: 'tiles/tiler is muted' };
    expect(idleIn(within('mute'))).toEqual({
      tiles: { mode: 'mute', why: 'muted' },
      'tiles/tiler': { mode: 'mute', why: 'muted' },
      ...Object.fromEntries(['encoder', 'projector', 'llm', 'look'].map((id) => [id, waits])),
    });
    expect(compile(within('mute'), catalog).steps.map(({ id }) => id)).toEqual(['photo', 'question']);
  });

  test('is bypassed where all in it can be, and else refused with the node that cannot', () => {
    expect(whyNoBypass(within(), 'tiles', catalog)).toBeUndefined();
    const { steps } = compile(within('bypass'), catalog);
    expect(steps.find(({ id }) => id === 'encoder')?.inputs.image).toEqual([{ node: 'photo', port: 'image' }]);
    const seeing = within(undefined, {
      encoder: { kind: 'vision-encoder', inputs: { image: 'tiler.image' } },
      cut: { kind: 'subgraph-output', inputs: { value: 'encoder.features' } },
    });
    expect(whyNoBypass(seeing, 'tiles', catalog)).toMatch(/^tiles\/encoder cannot be bypassed: nothing/);
  });
});
