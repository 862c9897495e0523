import { expect, test } from 'vitest';
import { askingGraph } from '../../../electron/backend/evaluation/graphs.ts';
import { pipelineOf } from '../../../electron/backend/evaluation/pipeline.ts';
import { compile } from '../../../graphs/compile.ts';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';

const NODES = {
  photo: { kind: 'image', params: { source: 'missing.png' } },
  encoder: { kind: 'vision-encoder', inputs: { image: 'photo.image' } },
  projector: { kind: 'projector', inputs: { features: 'encoder.features' } },
  adapter: { kind: 'cross-attention-adapter', inputs: { features: 'encoder.features' } },
  question: { kind: 'prompt', params: { text: 'What is it?' } },
  llm: {
    kind: 'llm',
    params: { temperature: 1, maxTokens: 8, seed: 3 },
    inputs: { prompt: 'question.text', visual: ['projector.embeddings'], adapter: 'adapter.adapter' },
  },
} as const;

/** A caption by one LLM, read by another. */
const CASCADE = {
  ...NODES,
  describe: { kind: 'prompt', params: { text: 'Describe it.' } },
  captioner: { kind: 'llm', inputs: { prompt: 'describe.text', visual: ['projector.embeddings'] } },
  question: { kind: 'prompt', params: { text: 'It shows {{1}}. What is it?' }, inputs: { text: ['captioner.answer'] } },
  llm: { kind: 'llm', inputs: { prompt: 'question.text' } },
};

function graph(nodes: Readonly<Record<string, unknown>>): GraphDocument {
  return parse(JSON.stringify({ schemaVersion: 1, title: 'test', nodes }));
}

const steps = (document: GraphDocument, to: string) =>
  compile(document, catalog, { to: [to] }).steps.map(({ id }) => id);

test('a graph is asked greedily, with room for every answer, and is otherwise as it was drawn', () => {
  const { document, ...places } = pipelineOf(graph(NODES), 'seeing');
  expect(places).toEqual({ llm: 'llm', prompt: 'question', image: 'photo' });
  const { llm, ...others } = document.nodes as Record<string, GraphNode>;
  expect(llm).toMatchObject({ ...NODES.llm, params: { temperature: 0, maxTokens: 64, seed: 3 } });
  const { llm: _, ...drawn } = graph(NODES).nodes;
  expect(others).toEqual(drawn);
  expect(pipelineOf(graph(NODES), 'blind')).toEqual({ document, ...places });
});

test('a question is put to the LLM at the end of a cascade, after the caption', () => {
  const { document, ...places } = pipelineOf(graph(CASCADE), 'seeing');
  expect(places).toEqual({ llm: 'llm', prompt: 'question', image: 'photo' });
  expect(document.nodes.captioner?.params).toMatchObject({ temperature: 0 });
  expect(steps(document, 'llm')).toEqual(['describe', 'photo', 'encoder', 'projector', 'captioner', 'question', 'llm']);
});

test('without a picture no LLM sees one; with the scene in words nothing else is read', () => {
  const { document, ...places } = pipelineOf(graph(NODES), 'noPicture');
  expect(places).toEqual({ llm: 'llm', prompt: 'question' });
  expect(steps(document, 'llm')).toEqual(['question', 'llm']);
  expect(steps(pipelineOf(graph(CASCADE), 'noPicture').document, 'llm')).toEqual([
    'describe',
    'captioner',
    'question',
    'llm',
  ]);
  expect(steps(pipelineOf(graph(CASCADE), 'text').document, 'llm')).toEqual(['question', 'llm']);
});

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['no LLM', { photo: NODES.photo }, /no LLM/],
  ['two LLMs', { ...NODES, other: NODES.llm }, /2 LLMs that answer \(llm, other\)/],
  ['no prompt', { ...NODES, llm: { kind: 'llm' } }, /No prompt node is wired to the LLM "llm"/],
  ['a prompt that is no node', { ...NODES, question: { kind: 'llm', inputs: { prompt: 'photo.image' } } }, /No prompt/],
  [
    'no image',
    { question: NODES.question, llm: { kind: 'llm', inputs: { prompt: 'question.text' } } },
    /No image node/,
  ],
  [
    'two images',
    { ...NODES, second: NODES.photo, adapter: { kind: 'onnx-model', inputs: { x: 'second.image' } } },
    /2 image nodes lead to the LLM "llm" \(photo, second\)/,
  ],
])('%s: one sentence says so', (_, nodes, sentence) => {
  expect(() => pipelineOf(graph(nodes), 'seeing')).toThrow(sentence);
});

test('an LLM alone may be asked in words', () => {
  const llm = { question: NODES.question, llm: { kind: 'llm', inputs: { prompt: 'question.text' } } };
  expect(pipelineOf(graph(llm), 'text')).toMatchObject({ llm: 'llm', prompt: 'question' });
});

test('a connector stands between the models that its card names', () => {
  const card = { kind: 'cross-attention-adapter', encoder: 'tiny:eye', llm: 'tiny:tongue' } as const;
  const document = askingGraph('tiny:gates', card as never);
  expect(pipelineOf(document, 'seeing')).toMatchObject({ llm: 'llm', prompt: 'question', image: 'photo' });
  expect(document.nodes).toMatchObject({
    encoder: { params: { model: 'tiny:eye', featureLayer: -1 } },
    connector: { kind: 'cross-attention-adapter', params: { model: 'tiny:gates' } },
    llm: { params: { model: 'tiny:tongue' }, inputs: { adapter: 'connector.adapter' } },
  });
});
