import { expect, test } from 'vitest';
import { z } from 'zod';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { createCatalog } from '../../../nodes/catalog.ts';
import { holds } from '../../../nodes/condition.ts';
import { defineNode } from '../../../nodes/definition.ts';
import { definitions } from '../../../nodes/registry.ts';
import * as repeat from '../../../nodes/repeat/run.ts';
import type { NodeRun } from '../../../nodes/run.ts';
import * as choice from '../../../nodes/switch/run.ts';

const words = { shapes: () => ({}), category: 'Other', doc: '', sources: [], version: 1 } as const;

/** Adds a letter to a text. */
const add = defineNode({
  ...words,
  kind: 'add',
  title: 'Add',
  params: z.object({ letter: z.string().default('x') }),
  ports: () => ({
    inputs: { text: { type: 'text', doc: '' } },
    outputs: { text: { type: 'text', doc: '' } },
  }),
});

/** Sends a text one of two ways. */
const fork = defineNode({
  ...words,
  kind: 'fork',
  title: 'Fork',
  params: z.object({ left: z.boolean().default(true) }),
  ports: () => ({
    inputs: { text: { type: 'text', doc: '' } },
    outputs: { left: { type: 'text', doc: '' }, right: { type: 'text', doc: '' } },
  }),
});

const catalog = createCatalog([...definitions, add, fork]);

function bench() {
  const ran: string[] = [];
  const kinds: Record<string, NodeRun> = {
    prompt: { run: async (_, { text }) => ({ text: { type: 'text', text: String(text) } }) },
    add: {
      async run(_, { letter }, inputs) {
        const [text] = inputs.text ?? [];
        ran.push(`add ${letter}`);
        return { text: { type: 'text', text: (text?.type === 'text' ? text.text : '?') + letter } };
      },
    },
    fork: {
      async run(_, { left }, inputs) {
        const [text] = inputs.text ?? [];
        if (!text) throw new Error('nothing came');
        const nothing = { type: 'nothing', why: `it went ${left ? 'left' : 'right'}` } as const;
        return left ? { left: text, right: nothing } : { left: nothing, right: text };
      },
    },
    repeat: repeat as NodeRun,
    switch: choice as NodeRun,
  };
  const executor = new Executor(
    new RuntimeLender(new SessionPool(1e9)),
    async (kind) => {
      const found = kinds[kind];
      if (!found) throw new Error(`no kind ${kind}`);
      return found;
    },
    1e6,
  );
  const run = (document: GraphDocument) =>
    executor.run({ run: 'r', plan: compile(document, catalog), options: {} }, new AbortController().signal, () => {});
  return { run, ran };
}

const loop = (params: Record<string, unknown>): GraphDocument => ({
  schemaVersion: 1,
  title: 'loop',
  nodes: {
    start: { kind: 'prompt', params: { text: 'a' } },
    loop: { kind: 'repeat', params: { graph: 'more', ...params }, inputs: { text: 'start.text' } },
    end: { kind: 'add', params: { letter: '!' }, inputs: { text: 'loop.next-text' } },
  },
  subgraphs: {
    more: {
      title: 'More',
      nodes: {
        text: { kind: 'subgraph-input' },
        add: { kind: 'add', inputs: { text: 'text.value' } },
        'next-text': { kind: 'subgraph-output', inputs: { value: 'add.text' } },
      },
    },
  },
});

test('a repeat ends when its condition holds: later rounds do not run, and its result is that of the last that did', async () => {
  const { run, ran } = bench();
  const until = loop({ times: 5, output: 'next-text', test: 'matches', pattern: 'xxx' });
  const result = await run(until);
  expect(result.status).toBe('finished');
  expect(result.nodes.end?.outputs?.text).toEqual({ type: 'text', text: 'axxx!' });
  expect(ran).toEqual(['add x', 'add x', 'add x', 'add !']);
  expect(result.nodes['loop/4/add']).toMatchObject({ status: 'unused', why: 'the repeat was done before' });
  expect(result.nodes['loop/5']?.outputs?.['next-text']).toEqual({ type: 'text', text: 'axxx' });

  ran.length = 0;
  const again = await run(until);
  expect(again.nodes.end).toMatchObject({ status: 'reused' });
  expect(ran).toEqual([]);
});

test('without a condition all rounds run', async () => {
  const { run } = bench();
  const result = await run(loop({ times: 4 }));
  expect(result.nodes.end?.outputs?.text).toEqual({ type: 'text', text: 'axxxx!' });
});

test('a condition on an output that is not there, or that it cannot be asked of, is said', async () => {
  const { run } = bench();
  const wrong = await run(loop({ output: 'score' }));
  expect(wrong.nodes['loop/1']?.error).toMatchObject({ message: 'the subgraph has no output "score" to ask' });
  const text = await run(loop({ output: 'next-text', test: 'at-least' }));
  expect(text.nodes['loop/1']?.error?.message).toContain('"ax" is no number');
});

const forked = (left: boolean): GraphDocument => ({
  schemaVersion: 1,
  title: 'fork',
  nodes: {
    start: { kind: 'prompt', params: { text: 'a' } },
    fork: { kind: 'fork', params: { left }, inputs: { text: 'start.text' } },
    short: { kind: 'add', params: { letter: 's' }, inputs: { text: 'fork.left' } },
    long: { kind: 'add', params: { letter: 'l' }, inputs: { text: 'fork.right' } },
    longer: { kind: 'add', params: { letter: 'r' }, inputs: { text: 'long.text' } },
    one: { kind: 'switch', params: { type: 'text' }, inputs: { first: 'short.text', second: 'longer.text' } },
    end: { kind: 'add', params: { letter: '!' }, inputs: { text: 'one.value' } },
  },
});

test('what a value was not sent to does not run, and a switch brings the ways together', async () => {
  const { run, ran } = bench();
  const left = await run(forked(true));
  expect(left.status).toBe('finished');
  expect(left.nodes.end?.outputs?.text).toEqual({ type: 'text', text: 'as!' });
  expect(left.nodes.longer).toMatchObject({ status: 'unused', why: 'it went left' });
  expect(ran).toEqual(['add s', 'add !']);
  const right = await run(forked(false));
  expect(right.nodes.end?.outputs?.text).toEqual({ type: 'text', text: 'alr!' });
  ran.length = 0;
  const back = await run(forked(true));
  expect(back.nodes.end).toMatchObject({ status: 'reused', outputs: { text: { text: 'as!' } } });
  expect(ran).toEqual([]);
});

test('where both values came, a switch asks its condition', async () => {
  const { run } = bench();
  const both = (pattern: string): GraphDocument => ({
    schemaVersion: 1,
    title: 'both',
    nodes: {
      a: { kind: 'prompt', params: { text: 'a' } },
      b: { kind: 'prompt', params: { text: 'b' } },
      one: {
        kind: 'switch',
        params: { type: 'text', test: 'matches', pattern },
        inputs: { first: 'a.text', second: 'b.text', by: 'a.text' },
      },
    },
  });
  expect((await run(both('A'))).nodes.one?.outputs?.value).toMatchObject({ text: 'a' });
  expect((await run(both('z'))).nodes.one?.outputs?.value).toMatchObject({ text: 'b' });
  const limit = { test: 'at-most', limit: 3, pattern: '' } as const;
  expect(holds(limit, { type: 'score', value: 3, meaning: '' })).toBe(true);
  expect(holds(limit, { type: 'text', text: '1,000' })).toBe(false);
});
