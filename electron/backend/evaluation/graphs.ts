import { type GraphDocument, SCHEMA_VERSION } from '../../../graphs/document.ts';
import type { ModelCard } from '../../../nodes/models/card.ts';
import { NodeError } from '../../../nodes/run.ts';

/** The plainest graph that asks a model questions: a connector between the models it was trained over, or an LLM alone. */
export function askingGraph(reference: string, card: ModelCard): GraphDocument {
  if (card.kind === 'llm') return graph(reference, { question: PROMPT, llm: llm(reference) });
  if (!('encoder' in card))
    throw new NodeError(
      `"${reference}" is an encoder, which answers no questions.`,
      'It is measured by what it matches.',
    );
  const port = card.kind === 'cross-attention-adapter' ? 'adapter' : 'visual';
  const output = port === 'adapter' ? 'connector.adapter' : ['connector.embeddings'];
  return graph(reference, {
    photo: PHOTO,
    question: PROMPT,
    encoder: encoder(card.encoder, false),
    connector: { kind: card.kind, params: { model: reference }, inputs: { features: 'encoder.features' } },
    llm: { ...llm(card.llm), inputs: { prompt: 'question.text', [port]: output } },
  });
}

/** A picture, and texts of which each is held against it. */
export function matchingGraph(reference: string, labels: readonly string[]): GraphDocument {
  return graph(reference, {
    photo: PHOTO,
    encoder: encoder(reference, true),
    texts: {
      kind: 'similarity',
      params: { model: reference, labels: labels.join('\n'), template: '' },
      inputs: { features: 'encoder.features' },
    },
  });
}

const PHOTO = { kind: 'image' };
const PROMPT = { kind: 'prompt' };

function encoder(model: string, pooling: boolean): GraphDocument['nodes'][string] {
  return { kind: 'vision-encoder', params: { model, featureLayer: -1, pooling }, inputs: { image: 'photo.image' } };
}

function llm(model: string): GraphDocument['nodes'][string] {
  return { kind: 'llm', params: { model }, inputs: { prompt: 'question.text' } };
}

function graph(title: string, nodes: GraphDocument['nodes']): GraphDocument {
  return { schemaVersion: SCHEMA_VERSION, title, nodes };
}
