import { SCHEMA_VERSION } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';

/** A pipeline over the small models of `saveFamily`, as a document's text: an answer of at most `maxTokens`. */
export function smallGraph(title: string, connector: Record<string, unknown> = {}, maxTokens = 3): string {
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
      connector: { kind: 'projector', params: { width: 48, ...connector }, inputs: { features: 'encoder.features' } },
      question: { kind: 'prompt', params: { text: 'how many circles are there?' } },
      llm: {
        kind: 'llm',
        params: { model: 'trained:mouth', maxTokens },
        inputs: { prompt: 'question.text', visual: ['connector.embeddings'] },
      },
    },
    layout: { photo: [0, 0], encoder: [340, 0], connector: [680, 0], question: [680, 320], llm: [1020, 0] },
  });
}
