import { type GraphNode, SCHEMA_VERSION } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';

/** The connector of a small pipeline: a node without its wires, as one draws it. */
type Connector = Pick<GraphNode, 'kind' | 'params'>;

/** A pipeline over the small models of `saveFamily`, as a document's text; answers have a few tokens. */
export function smallGraph(title: string, connector: Connector): string {
  const reaches: GraphNode['inputs'] =
    connector.kind === 'cross-attention-adapter'
      ? { adapter: 'connector.adapter' }
      : { visual: ['connector.embeddings'] };
  return format({
    schemaVersion: SCHEMA_VERSION,
    title,
    nodes: {
      photo: { kind: 'image' },
      encoder: {
        kind: 'vision-encoder',
        params: { model: 'trained:eye', featureLayer: -1 },
        inputs: { image: 'photo.image' },
      },
      connector: { ...connector, inputs: { features: 'encoder.features' } },
      question: { kind: 'prompt', params: { text: 'how many circles are there?' } },
      llm: {
        kind: 'llm',
        params: { model: 'trained:mouth', maxTokens: 3 },
        inputs: { prompt: 'question.text', ...reaches },
      },
    },
    layout: { photo: [0, 0], encoder: [340, 0], connector: [680, 0], question: [680, 320], llm: [1020, 0] },
  });
}

/** The same with a projector of its own design, as wide as the LLM. */
export function smallLlava(title: string, design: string): string {
  return smallGraph(title, { kind: 'projector', params: { width: 48, design } });
}
