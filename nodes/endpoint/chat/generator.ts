import { AS_IT_COMES, type Generated, type GenerateRequest, type GeneratorValue } from '../../llm/generator.ts';
import { NodeError } from '../../run.ts';
import type { AnswerValue, TextValue } from '../../values.ts';
import type { ChatModel } from './asking.ts';
import { openChatBranching } from './branching.ts';
import { messagesOf } from './messages.ts';
import { finishOf, Spoken } from './spoken.ts';
import type { Usage } from './stream.ts';

/** A model of a server as a generator. `pictures`: data URLs, a list for each input. */
export function chatGenerator(model: ChatModel, pictures: readonly (readonly string[])[]): GeneratorValue {
  const { name } = model.connection;
  const seen = pictures.flat().length;
  return {
    type: 'generator',
    server: name,
    summary: `endpoint:${name}, ${seen === 0 ? 'text only' : `sees ${seen === 1 ? 'a picture' : `${seen} pictures`}`}`,
    generate: (question, request) => generate(model, pictures, question, request),
    branch: async (question, seed) => openChatBranching(model, messagesOf(question, pictures), seed),
    likelihoods() {
      throw new NodeError(
        `endpoint:${name} cannot say how likely given tokens are: its server tells that of its own tokens alone.`,
        'Use a local model here.',
      );
    },
  };
}

async function generate(
  model: ChatModel,
  pictures: readonly (readonly string[])[],
  question: TextValue,
  { sampling, maxTokens, stop, thinking = AS_IT_COMES, signal, onText }: GenerateRequest,
): Promise<Generated> {
  if (thinking.budget > 0)
    throw new NodeError(
      `A thought of endpoint:${model.connection.name} cannot be held to a budget: its end cannot be put in there.`,
      'Set the thinking budget to 0, and limit the tokens of the whole answer.',
    );
  const spoken = new Spoken();
  let usage: Usage | undefined;
  const startedAt = performance.now();
  let firstAt: number | undefined;
  try {
    for await (const news of model.ask({
      messages: messagesOf(question, pictures),
      sampling,
      maxTokens,
      stop,
      signal,
    })) {
      if ('usage' in news) usage = news.usage;
      else if (news.piece.index === 0) {
        spoken.add(news.piece);
        if (spoken.text !== '') firstAt ??= performance.now();
        onText?.(spoken.shown(thinking.shown));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const endedAt = performance.now();
  const { tokens, remarks } = counted(spoken, usage, pictures.length > 0);
  const answer: AnswerValue = {
    type: 'answer',
    text: spoken.shown(thinking.shown),
    tokens,
    logProbs: spoken.likely ? spoken.logProbs : [],
    finish: signal.aborted && spoken.finish === undefined ? 'cancelled' : finishOf(spoken.finish),
    caveat: [
      `answered by ${model.connection.name}`,
      ...remarks,
      ...(spoken.finish === 'content_filter' ? ['cut by the filter of its server'] : []),
    ].join('; '),
  };
  return {
    answer,
    firstTokenMs: (firstAt ?? endedAt) - startedAt,
    restMs: endedAt - (firstAt ?? endedAt),
    cached: tokens.prompt + tokens.visual + tokens.thinking + tokens.answer,
  };
}

/** Tokens as the server counts them, and how, where that is not all of it. */
function counted(
  spoken: Spoken,
  usage: Usage | undefined,
  pictures: boolean,
): { readonly tokens: AnswerValue['tokens']; readonly remarks: readonly string[] } {
  const made = usage?.completion ?? spoken.tokens.length;
  const remarks = [
    usage ? 'tokens as its server counts them' : "tokens counted by its server's events: it gave no figures",
  ];
  const visual = usage?.images ?? 0;
  if (pictures && usage && usage.images === undefined) remarks.push('those of pictures are among those of the prompt');
  let thinking = usage?.reasoning ?? spoken.thoughtTokens;
  if (usage && usage.reasoning === undefined && !spoken.likely && spoken.thoughtEnd > 0) {
    thinking = Math.round(made * spoken.thoughtShare);
    remarks.push('those of the thought by its share of the letters');
  }
  thinking = Math.min(thinking, made);
  return { tokens: { prompt: (usage?.prompt ?? visual) - visual, visual, thinking, answer: made - thinking }, remarks };
}
