import { expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import { type GraphDocument, type GraphNode, SCHEMA_VERSION } from '../../../graphs/document.ts';
import { validate } from '../../../graphs/validate.ts';
import { catalog } from '../../../nodes/catalog.ts';

/** Llava, its LLM here or at a server; the picture is wired to both of its inputs. */
function llava(model: string, more: Record<string, GraphNode> = {}): GraphDocument {
  return {
    schemaVersion: SCHEMA_VERSION,
    title: 'Here or there',
    nodes: {
      photo: { kind: 'image' },
      encoder: { kind: 'vision-encoder', params: { model: 'tiny:clip-vit' }, inputs: { image: 'photo.image' } },
      projector: { kind: 'projector', inputs: { features: 'encoder.features' } },
      question: { kind: 'prompt', params: { text: 'What is this?' } },
      llm: {
        kind: 'llm',
        params: { model },
        inputs: { prompt: 'question.text', visual: ['projector.embeddings'], image: ['photo.image'] },
      },
      ...more,
    },
  };
}

const ran = (document: GraphDocument) =>
  compile(document, catalog)
    .steps.map(({ id }) => id)
    .sort();

test('one parameter moves a graph to a server: what only made visual tokens for it does not run, and says why', () => {
  expect(ran(llava('tiny:llm'))).toEqual(['encoder', 'llm', 'photo', 'projector', 'question']);
  const there = llava('endpoint:cluster');
  expect(validate(there, catalog)).toEqual([]);
  const { steps, idle } = compile(there, catalog);
  expect(steps.map(({ id }) => id).sort()).toEqual(['llm', 'photo', 'question']);
  expect(steps.find(({ id }) => id === 'llm')?.inputs).toEqual({
    prompt: [{ node: 'question', port: 'text' }],
    image: [{ node: 'photo', port: 'image' }],
  });
  const why = 'nothing reads it: endpoint:cluster looks at pictures itself';
  expect(idle).toEqual({ encoder: why, projector: why });
});

test('what something else reads too runs all the same, and so does what was asked for by name', () => {
  const seen = { kind: 'view', inputs: { value: 'encoder.features' } };
  expect(ran(llava('endpoint:cluster', { seen }))).toEqual(['encoder', 'llm', 'photo', 'question', 'seen']);
  const { steps } = compile(llava('endpoint:cluster'), catalog, { to: ['projector'] });
  expect(steps.map(({ id }) => id).sort()).toEqual(['encoder', 'photo', 'projector']);
});

test('a muted picture, and one that is not wired, leave no choice', () => {
  const muted = llava('endpoint:cluster', { photo: { kind: 'image', mode: 'mute' } });
  expect(compile(muted, catalog).steps.map(({ id }) => id)).toEqual(['question']);
  const blind = llava('endpoint:cluster');
  const { image: _, ...inputs } = blind.nodes.llm?.inputs ?? {};
  const { steps } = compile(
    { ...blind, nodes: { ...blind.nodes, llm: { ...blind.nodes.llm, kind: 'llm', inputs } } },
    catalog,
  );
  expect(steps).toHaveLength(5);
});
