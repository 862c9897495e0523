import { expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { flatDocument, flatten } from '../../../graphs/subgraphs.ts';
import { validate } from '../../../graphs/validate.ts';
import { catalog } from '../../../nodes/catalog.ts';

/** An LLM that is asked again about its own answer. */
const asking = (params: Record<string, unknown> = {}): GraphDocument => ({
  schemaVersion: 1,
  title: 'loop',
  nodes: {
    question: { kind: 'prompt', params: { text: 'How many?' } },
    loop: { kind: 'repeat', params: { graph: 'ask', times: 3, ...params }, inputs: { prompt: 'question.text' } },
    seen: { kind: 'view', inputs: { value: 'loop.answer' } },
  },
  subgraphs: {
    ask: {
      title: 'Ask',
      nodes: {
        prompt: { kind: 'subgraph-input' },
        llm: { kind: 'llm', inputs: { prompt: 'prompt.value' } },
        answer: { kind: 'subgraph-output', inputs: { value: 'llm.answer' } },
        'next-prompt': { kind: 'subgraph-output', inputs: { value: 'llm.answer' } },
      },
    },
  },
});

test('a repeat is laid out round after round, and no wire goes round in a circle', () => {
  const document = asking();
  expect(validate(document, catalog)).toEqual([]);
  const plan = compile(document, catalog);
  expect(plan.steps.map(({ id }) => id)).toEqual([
    'question',
    'loop/1/llm',
    'loop/1',
    'loop/2/llm',
    'loop/2',
    'loop/3/llm',
    'loop/3',
    'seen',
  ]);
  const inputs = Object.fromEntries(plan.steps.map((step) => [step.id, step.inputs]));
  expect(inputs['loop/1/llm']).toEqual({ prompt: [{ node: 'question', port: 'text' }] });
  expect(inputs['loop/2/llm']).toEqual({ prompt: [{ node: 'loop/1', port: 'next.next-prompt' }] });
  expect(inputs['loop/2']).toMatchObject({
    'made.answer': [{ node: 'loop/2/llm', port: 'answer' }],
    'kept.answer': [{ node: 'loop/1', port: 'answer' }],
    'outer.prompt': [{ node: 'question', port: 'text' }],
  });
  expect(inputs.seen).toEqual({ value: [{ node: 'loop/3', port: 'answer' }] });
  expect(flatten(document).outputs.get('loop')).toMatchObject({ answer: 'loop/3.answer' });
  // What is flat already stays so, and plans the same.
  expect(compile(flatDocument(document), catalog)).toEqual(plan);
  expect(format(parse(format(document)))).toBe(format(document));
});

test('an input that nothing feeds stays what it was; sampling is another each round', () => {
  const document = asking();
  delete document.subgraphs?.ask?.nodes['next-prompt'];
  const steps = compile(document, catalog).steps;
  const llms = steps.filter(({ kind }) => kind === 'llm');
  expect(llms.map(({ inputs }) => inputs.prompt?.[0])).toEqual([
    { node: 'question', port: 'text' },
    { node: 'loop/1', port: 'passed.prompt' },
    { node: 'loop/2', port: 'passed.prompt' },
  ]);
  expect(llms.map(({ params }) => params.seed)).toEqual([0, 1, 2]);
  expect(llms.map(({ params }) => params.weightSeed)).toEqual([0, 0, 0]);
});

test('repeats nest, run to a node or are muted as one, and cannot hold themselves', () => {
  const outer = asking();
  const nested: GraphDocument = {
    ...outer,
    nodes: { ...outer.nodes, loop: { ...outer.nodes.loop, kind: 'repeat', params: { graph: 'twice', times: 2 } } },
    subgraphs: {
      ...outer.subgraphs,
      twice: {
        title: 'Twice',
        nodes: {
          prompt: { kind: 'subgraph-input' },
          inner: { kind: 'repeat', params: { graph: 'ask', times: 2 }, inputs: { prompt: 'prompt.value' } },
          answer: { kind: 'subgraph-output', inputs: { value: 'inner.answer' } },
        },
      },
    },
  };
  const llms = compile(nested, catalog).steps.filter(({ kind }) => kind === 'llm');
  expect(llms.map(({ id, params }) => [id, params.seed])).toEqual([
    ['loop/1/inner/1/llm', 0],
    ['loop/1/inner/2/llm', 1],
    ['loop/2/inner/1/llm', 1],
    ['loop/2/inner/2/llm', 2],
  ]);
  expect(compile(outer, catalog, { to: ['loop'] }).steps.map(({ id }) => id)).not.toContain('seen');
  const muted = {
    ...outer,
    nodes: { ...outer.nodes, loop: { ...outer.nodes.loop, kind: 'repeat', mode: 'mute' as const } },
  };
  expect(compile(muted, catalog).steps.map(({ id }) => id)).toEqual(['question']);

  const self = asking();
  Object.assign(self.subgraphs?.ask?.nodes ?? {}, { again: { kind: 'repeat', params: { graph: 'ask' } } });
  expect(validate(self, catalog).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('a subgraph cannot hold itself'),
  );
});
