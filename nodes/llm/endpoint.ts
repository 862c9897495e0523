import { ChatModel } from '../endpoint/chat/asking.ts';
import { chatGenerator } from '../endpoint/chat/generator.ts';
import { openEndpoint } from '../endpoint/open.ts';
import { dataUrls } from '../endpoint/pictures.ts';
import type { RunContext } from '../run.ts';
import type { TextValue, Value } from '../values.ts';
import { answerMetrics, begin } from './answering.ts';
import type { LlmParams } from './definition.ts';
import type { GeneratorValue } from './generator.ts';

/** An LLM at a server. It is sent pictures, not visual tokens: what it looks with is its own. */
export async function runEndpoint(
  context: RunContext,
  params: LlmParams,
  question: TextValue,
  images: readonly Value[],
): Promise<Record<string, Value>> {
  const generator = await endpointGenerator(context, params.model, images);
  if (!context.wanted.has('answer')) return { generator };
  const generated = await generator.generate(question, begin(context, params));
  context.report(answerMetrics(generated, params.price));
  return { answer: generated.answer, generator };
}

/** The generator that a reference to an endpoint names; nothing is asked of the server yet. */
export async function endpointGenerator(
  context: RunContext,
  reference: string,
  images: readonly Value[],
): Promise<GeneratorValue> {
  const connection = await openEndpoint(context, reference, 'openai');
  const pictures = await Promise.all(
    images.flatMap((value) => (value.type === 'image' ? [dataUrls(context, value)] : [])),
  );
  const model = new ChatModel(connection, ({ tried, of, inMs, why }) =>
    context.progress({ type: 'fraction', done: tried, of, label: `${why} Again in ${(inMs / 1000).toFixed(1)} s` }),
  );
  return chatGenerator(model, pictures);
}
