import { describe, expect, it } from 'vitest';
import type { NodeReport, RunEvent } from '../../../electron/backend/executor/events.ts';
import { sumOf } from '../../../nodes/report.ts';
import { applyEvent, type RunState } from '../../../renderer/store/run.ts';

const encoder: NodeReport = {
  kind: 'vision-encoder',
  status: 'reused',
  ms: { load: 5, first: 10, warm: 8, spread: 1 },
  parameters: 100,
};
const projector: NodeReport = {
  kind: 'projector',
  status: 'finished',
  why: 'design changed',
  ms: { first: 2, warm: 1 },
  tokens: { visual: 64 },
  parameters: 10,
  bytes: { peak: 7 },
};
const llm: NodeReport = {
  kind: 'llm',
  status: 'finished',
  ms: { first: 100, warm: 90 },
  tokens: { prompt: 12, visual: 64, answer: 3 },
  rate: { firstTokenMs: 30, tokensPerSecond: 40 },
};

describe('the sum of reports', () => {
  it('adds times, tokens and sizes; visual tokens are those that an LLM reads, not those and those that were made', () => {
    expect(
      sumOf([
        ['encoder', encoder],
        ['projector', projector],
        ['llm', llm],
      ]),
    ).toEqual({
      kind: 'subgraph',
      status: 'finished',
      ms: { load: 5, first: 112, warm: 99 },
      tokens: { prompt: 12, visual: 64, answer: 3 },
      rate: llm.rate,
      parameters: 110,
      bytes: { peak: 7 },
    });
  });

  it('has the state of the worst, which is named', () => {
    const failed: NodeReport = { kind: 'llm', status: 'failed', error: { message: 'No memory.', hint: 'Free some.' } };
    expect(
      sumOf([
        ['encoder', encoder],
        ['llm', failed],
      ]),
    ).toMatchObject({
      status: 'failed',
      error: { message: 'llm: No memory.', hint: 'Free some.' },
    });
    expect(sumOf([['encoder', encoder]])?.status).toBe('reused');
    expect(sumOf([])).toBeUndefined();
  });
});

describe('the state of a subgraph while it runs', () => {
  const carried = new Map([
    ['eye', { embeddings: 'eye/in/projector.embeddings' }],
    ['eye/in', { embeddings: 'eye/in/projector.embeddings' }],
  ]);
  const run = 'r';
  const reached = (...events: RunEvent[]) =>
    events.reduce<RunState>(applyEvent, { cancelling: false, nodes: {}, order: [], carried });
  const started: RunEvent = { type: 'run-started', run, order: ['eye/encoder', 'eye/in/projector', 'llm'] };
  const done = (node: string, report: NodeReport): RunEvent => ({ type: 'node-done', run, node, report });

  it('follows its nodes, however deep they are, and ends with the last of them', () => {
    expect(reached(started).nodes.eye?.phase).toBe('queued');
    const loading = reached(started, { type: 'node-loading', run, node: 'eye/encoder' });
    expect(loading.nodes.eye?.phase).toBe('loading');
    expect(loading.nodes['eye/in']?.phase).toBe('queued');
    const half = reached(started, done('eye/encoder', encoder));
    expect(half.nodes.eye?.phase).toBe('running');
    const outputs = { embeddings: { type: 'embeddings', count: 1, tokens: 64, width: 8 } } as const;
    const all = reached(started, done('eye/encoder', encoder), done('eye/in/projector', { ...projector, outputs }));
    expect(all.nodes.eye).toMatchObject({
      phase: 'done',
      report: { ms: { first: 12 }, tokens: { visual: 64 }, outputs },
    });
    expect(all.nodes['eye/in']).toMatchObject({ phase: 'done', report: { ms: { first: 2 }, outputs } });
    expect(all.nodes.llm?.phase).toBe('queued');
  });
});
