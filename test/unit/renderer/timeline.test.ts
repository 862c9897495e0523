import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeReport, RunEvent } from '../../../electron/backend/executor/events.ts';
import { applyEvent, type RunState } from '../../../renderer/store/run.ts';
import { endOf, nameOf, rowsOf, ticks, totalsOf } from '../../../renderer/timeline/rows.ts';

const EMPTY: RunState = { cancelling: false, nodes: {}, order: [] };
const told = (...events: RunEvent[]) => events.reduce(applyEvent, EMPTY);
const began = { type: 'run-started', run: 'r', order: ['encoder', 'llm'] } as const;
const span = (node: string, phase: 'load' | 'run' | 'prefill' | 'decode', start: number, turn = 0): RunEvent => ({
  type: 'node-span',
  run: 'r',
  node,
  phase,
  turn,
  start,
});
const REPORT: NodeReport = {
  kind: 'llm',
  status: 'finished',
  ms: { load: 30, first: 50, warm: 20 },
  spans: [
    { phase: 'run', turn: 0, start: 10, end: 12 },
    { phase: 'load', turn: 0, start: 12, end: 42 },
    { phase: 'run', turn: 0, start: 42, end: 43 },
    { phase: 'prefill', turn: 0, start: 43, end: 73 },
    { phase: 'decode', turn: 0, start: 73, end: 90 },
    { phase: 'run', turn: 1, start: 90, end: 91 },
    { phase: 'prefill', turn: 1, start: 91, end: 110 },
  ],
};

describe('the rows of a run', () => {
  test('grow while it goes on: what is under way ends now, what is over where the next began', () => {
    const state = told(began, span('encoder', 'run', 1), span('encoder', 'load', 4), span('encoder', 'run', 9));
    expect(rowsOf(state, 20)).toEqual([
      {
        id: 'encoder',
        state: 'queued',
        spans: [
          { phase: 'run', turn: 0, start: 1, end: 4 },
          { phase: 'load', turn: 0, start: 4, end: 9 },
          { phase: 'run', turn: 0, start: 9, end: 20 },
        ],
      },
      { id: 'llm', state: 'queued', spans: [] },
    ]);
  });

  test('are what was measured once a node is done, and empty for one that was reused', () => {
    const { spans: _, ...reused } = { ...REPORT, status: 'reused' as const };
    const state = told(
      began,
      span('llm', 'run', 3),
      { type: 'node-done', run: 'r', node: 'llm', report: REPORT },
      { type: 'node-done', run: 'r', node: 'encoder', report: reused },
    );
    const rows = rowsOf(state, 500);
    expect(rows.map(({ state: said, spans }) => [said, spans.length])).toEqual([
      ['reused', 0],
      ['finished', 7],
    ]);
    expect(endOf(rows)).toBe(110);
  });

  test('sum up to the whole of a node, prefill and decode within its first run', () => {
    const totals = totalsOf(REPORT.spans ?? []);
    expect(totals).toEqual({ load: 30, first: 50, warm: 20, prefill: 30, decode: 17 });
    expect((REPORT.spans ?? []).map(nameOf)).toContain('prefill, warm run 1');
  });
});

test('ticks are round, begin at 0, stay on the axis, and are about as many as there is room for', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e7, noNaN: true }), fc.integer({ min: 2, max: 60 }), (end, count) => {
      const marks = ticks(end, count);
      expect(marks[0]).toBe(0);
      expect(marks.at(-1)).toBeLessThanOrEqual(end);
      expect(marks.length).toBeGreaterThan(count / 5);
      expect(marks.length).toBeLessThanOrEqual(count + 1);
      const step = (marks[1] ?? 1).toExponential().split('e')[0] ?? '';
      expect(['1', '2', '5']).toContain(Number(step).toFixed(0));
    }),
  );
});
