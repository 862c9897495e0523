import { type GraphDocument, SCHEMA_VERSION } from '../../graphs/document.ts';
import { NodeError } from '../run.ts';
import type { ImportFacts } from './facts.ts';
import { familyOf } from './families/index.ts';

const PICTURE = 'example:shapes-004';

/**
 * A graph made of a model that others exported: a picture and a question, the parts that its files hold, wired as they fit.
 * Throws a `NodeError` where there is nothing in it that a node could hold.
 */
export function graphOf(reference: string, title: string, facts: ImportFacts): GraphDocument {
  const { vision, projector, text, decoder } = facts;
  if (!vision && !decoder)
    throw new NodeError(
      `${reference} holds no model that Patchbay knows the parts of.`,
      'Each of its .onnx files can be run by a node "ONNX model".',
    );
  const params = { model: reference };
  const nodes: GraphDocument['nodes'] = {};
  const layout: Record<string, [number, number]> = {};
  const put = (id: string, at: [number, number], node: GraphDocument['nodes'][string]) => {
    nodes[id] = node;
    layout[id] = at;
  };
  if (vision) {
    put('photo', [0, 0], { kind: 'image', params: { source: PICTURE } });
    put('encoder', [300, 0], {
      kind: 'vision-encoder',
      params: { ...params, ...(text && { pooling: true }) },
      inputs: { image: 'photo.image' },
    });
  }
  if (vision?.pooled && text)
    put('similarity', [600, 0], {
      kind: 'similarity',
      params: { ...params, ...(/siglip/.test(facts.family) && { reading: 'sigmoid' }) },
      inputs: { features: 'encoder.features' },
    });
  const apart = vision?.gives === 'features' && projector;
  if (apart) put('projector', [600, 0], { kind: 'projector', params, inputs: { features: 'encoder.features' } });
  if (decoder) {
    const visual = apart ? 'projector.embeddings' : vision?.gives === 'embeddings' ? 'encoder.embeddings' : undefined;
    const question = visual ? 'What is in the picture?' : 'Why is the sky blue?';
    put('question', [300, 300], { kind: 'prompt', params: { text: familyOf(facts.family).question ?? question } });
    put('llm', [apart ? 900 : 600, 60], {
      kind: 'llm',
      params: { ...params, maxTokens: 128 },
      inputs: { prompt: 'question.text', ...(visual && { visual: [visual] }) },
    });
  }
  return { schemaVersion: SCHEMA_VERSION, title, nodes, layout };
}
