import ELK from 'elkjs/lib/elk.bundled.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../../graphs/document.ts';
import type { Box } from '../../../renderer/store/align.ts';
import { arrange, type Drawn, placesFrom, toElk } from '../../../renderer/store/arrange.ts';
import type { Wiring } from '../../../renderer/store/edits.ts';
import { frameAround, keysInside } from '../../../renderer/store/groups.ts';

const elk = new ELK();

type Boxes = Record<string, Box>;

async function arranged(drawn: Record<string, Drawn>, wires: readonly Wiring[], items: Boxes = {}): Promise<Boxes> {
  return placesFrom(await elk.layout(toElk(drawn, items, wires)), { ...drawn, ...items });
}

const isApart = (a: Box, b: Box) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

const wire = (source: string, target: string, targetPort = 'in'): Wiring => ({
  source,
  sourcePort: 'out',
  target,
  targetPort,
});

const box = (height: number, inputs: Record<string, number> = { in: 60 }): Drawn => ({
  x: 0,
  y: 0,
  width: 248,
  height,
  inputs,
  outputs: { out: 60 },
});

describe('arranging a graph', () => {
  it('puts every node right of what feeds it, and none over another, whatever the graph', async () => {
    const graph = fc.array(
      fc.record({ feeds: fc.array(fc.nat(9), { maxLength: 3 }), height: fc.integer({ min: 80, max: 420 }) }),
      {
        minLength: 1,
        maxLength: 10,
      },
    );
    await fc.assert(
      fc.asyncProperty(graph, async (nodes) => {
        const drawn = Object.fromEntries(nodes.map(({ height }, i) => [`n${i}`, box(height)]));
        const wires = nodes.flatMap(({ feeds }, i) =>
          [...new Set(feeds)].filter((from) => from < i).map((from) => wire(`n${from}`, `n${i}`)),
        );
        const after = await arranged(drawn, wires);
        for (const { source, target } of wires) {
          expect(after[target]?.x).toBeGreaterThanOrEqual((after[source]?.x ?? Number.NaN) + 248);
        }
        const boxes = Object.values(after);
        for (const [i, a] of boxes.entries()) {
          for (const b of boxes.slice(i + 1)) {
            expect(isApart(a, b)).toBe(true);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('orders the nodes of a layer by the ports that they feed', async () => {
    for (const [upper, lower] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const drawn = { a: box(100), b: box(100), end: box(200, { first: 60, second: 81 }) };
      const after = await arranged(drawn, [wire(upper, 'end', 'first'), wire(lower, 'end', 'second')]);
      expect(after[upper]?.y).toBeLessThan(after[lower]?.y ?? Number.NaN);
    }
  });

  it('leaves the upper left corner of the whole where it was, and takes wires of ports that are not drawn', async () => {
    const drawn = { a: { ...box(100), x: 500, y: -40 }, b: { ...box(100), x: 700, y: 90 } };
    const after = Object.values(await arranged(drawn, [wire('a', 'b', 'not there'), wire('gone', 'b')]));
    expect([Math.min(...after.map(({ x }) => x)), Math.min(...after.map(({ y }) => y))]).toEqual([500, -40]);
  });

  it('keeps in every group what stood in it, and nothing else, in a frame that fits', async () => {
    // Which of three groups a node or a note stands in, the second within the first, and by what it is fed.
    const place = fc.option(fc.nat(2));
    const graph = fc.record({
      nodes: fc.array(
        fc.record({
          group: place,
          feeds: fc.array(fc.nat(8), { maxLength: 2 }),
          height: fc.integer({ min: 80, max: 300 }),
        }),
        { minLength: 1, maxLength: 9 },
      ),
      notes: fc.array(place, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(graph, async ({ nodes, notes }) => {
        const { drawn, items } = scattered(nodes, notes);
        const groups = Object.keys(items).filter((key) => key.startsWith('group:'));
        const wires = nodes.flatMap(({ feeds }, i) =>
          [...new Set(feeds)].filter((from) => from < i).map((from) => wire(`n${from}`, `n${i}`)),
        );
        const before: Boxes = { ...drawn, ...items };
        const after = await arranged(drawn, wires, items);
        for (const group of groups) {
          const inside = keysInside(before[group] as Box, without(before, group));
          expect(keysInside(after[group] as Box, without(after, group)).sort(), group).toEqual(inside.sort());
          for (const key of inside) expect(holds(after[group] as Box, after[key] as Box), `${group} ${key}`).toBe(true);
          for (const key of Object.keys(without(after, group)))
            if (!inside.includes(key) && !holds(after[key] as Box, after[group] as Box))
              expect(isApart(after[group] as Box, after[key] as Box), `${group} ${key}`).toBe(true);
        }
        const leaves = Object.keys(after).filter((key) => !groups.includes(key));
        for (const [i, a] of leaves.entries())
          for (const b of leaves.slice(i + 1))
            expect(isApart(after[a] as Box, after[b] as Box), `${a} ${b}`).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('moves notes and groups in the document too, and leaves a graph that is arranged as it is', () => {
    const document: GraphDocument = {
      schemaVersion: 1,
      title: '',
      nodes: { a: { kind: 'image' } },
      layout: { a: [0, 0] },
      notes: { note: { text: '', at: [0, 200] } },
      groups: { group: { title: 'G', at: [-24, -52], size: [900, 900] } },
    };
    const places = {
      a: { x: 100, y: 100, width: 248, height: 100 },
      gone: { x: 0, y: 0, width: 9, height: 9 },
      'note:note': { x: 100, y: 250, width: 240, height: 140 },
      'group:group': { x: 76, y: 48, width: 296.4, height: 366 },
    };
    const after = arrange(document, places);
    expect(after.layout).toEqual({ a: [100, 100] });
    expect(after.notes?.note?.at).toEqual([100, 250]);
    expect(after.groups?.group).toEqual({ title: 'G', at: [76, 48], size: [297, 366] });
    expect(arrange(after, places)).toBe(after);
  });
});

const without = (boxes: Boxes, key: string): Boxes =>
  Object.fromEntries(Object.entries(boxes).filter(([other]) => other !== key));

const holds = (frame: Box, { x, y, width, height }: Box) =>
  x >= frame.x && y >= frame.y && x + width <= frame.x + frame.width && y + height <= frame.y + frame.height;

/** Nodes and notes far apart, each within its group's area, with frames around them; the second group is in the first. */
function scattered(nodes: readonly { group: number | null; height: number }[], notes: readonly (number | null)[]) {
  const areas = [2000, 4000, 20_000];
  const at = (group: number | null, i: number) => ({ x: group === null ? 40_000 : (areas[group] ?? 0), y: i * 400 });
  const drawn = Object.fromEntries(nodes.map(({ group, height }, i) => [`n${i}`, { ...box(height), ...at(group, i) }]));
  const noteBoxes = notes.map((group, i): [string, Box] => [
    `note:${i}`,
    { width: 240, height: 140, ...at(group, 20 + i) },
  ]);
  const leaves: Boxes = { ...drawn, ...Object.fromEntries(noteBoxes) };
  const items: Boxes = Object.fromEntries(noteBoxes);
  // The inner one first, so that the outer one's frame is around it.
  for (const group of [1, 0, 2]) {
    const within = Object.values(group === 0 ? { ...leaves, ...items } : leaves).filter(({ x }) =>
      group === 0 ? x < 19_000 : x >= (areas[group] ?? 0) && x < (areas[group] ?? 0) + 1000,
    );
    if (within.length > 0) items[`group:${group}`] = frameAround(within);
  }
  return { drawn, items };
}
