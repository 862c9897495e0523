import { expect, test } from 'vitest';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { continued } from '../../../nodes/verifier/rollouts/continuing.ts';
import { openSession, ROTARY } from '../llm/tiny.ts';

const END = 7;
const config = { ...ROTARY, vocabulary: 24 };
const signal = new AbortController().signal;

test('many texts of different lengths are continued as each would be alone, and end where they should', async () => {
  await using session = await openSession(decodeGraph(config, { precision: 'fp32', fused: true }));
  const options = { session, config, end: END, temperature: 1, signal };
  const beginnings = [
    { ids: [1, 2, 3], seeds: [11, 12, 13], room: 30 },
    { ids: [4, 5], seeds: [14], room: 3 },
    { ids: [3, 2, 1], seeds: [15, 16], room: 30 },
    { ids: [1, 2, 3, 4, 5, 6], seeds: [11, 17], room: 17 },
  ];
  const together = await continued(beginnings, options);
  const alone: (typeof together)[number][] = [];
  for (const { ids, seeds, room } of beginnings) {
    const texts: (readonly number[])[] = [];
    for (const seed of seeds) texts.push(...((await continued([{ ids, seeds: [seed], room }], options))[0] ?? []));
    alone.push(texts);
  }
  expect(together).toEqual(alone);
  together.forEach((texts, i) => {
    for (const ids of texts) {
      const room = beginnings[i]?.room ?? 0;
      expect(ids.includes(END) ? ids.indexOf(END) + 1 : room, 'ends at the end, or where the room does').toBe(
        ids.length,
      );
    }
  });
  // Seeds are told apart, and so are the texts before them.
  expect(new Set(together.flat().map(String)).size).toBeGreaterThan(5);
});

test('what was aborted makes nothing more', async () => {
  await using session = await openSession(decodeGraph(config, { precision: 'fp32', fused: true }));
  const options = { session, config, end: END, temperature: 1, signal: AbortSignal.abort() };
  await expect(continued([{ ids: [1, 2], seeds: [1], room: 9 }], options)).rejects.toThrow(/abort/i);
});
