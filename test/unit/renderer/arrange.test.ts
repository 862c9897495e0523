import ELK from 'elkjs/lib/elk.bundled.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drawn, placesFrom, toElk } from '../../../renderer/store/arrange.ts';
import type { Point, Wiring } from '../../../renderer/store/edits.ts';

const elk = new ELK();

async function arranged(drawn: Record<string, Drawn>, wires: readonly Wiring[]): Promise<Record<string, Drawn>> {
  const places = placesFrom(await elk.layout(toElk(drawn, wires)), drawn);
  return Object.fromEntries(
    Object.entries(drawn).map(([id, box]) => {
      const [x, y]: Point = places[id] ?? [Number.NaN, Number.NaN];
      return [id, { ...box, x, y }];
    }),
  );
}

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
            const apart = a.x + 248 <= b.x || b.x + 248 <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            expect(apart).toBe(true);
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
});
