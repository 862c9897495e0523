import type { Sampling } from '../../generation/sampling.ts';
import { type Connection, EndpointError } from '../connection.ts';
import type { OnWait } from '../patience.ts';
import type { Message } from './messages.ts';
import { modelToAsk } from './served.ts';
import { type ChatBody, chat, type News } from './stream.ts';

export interface Question {
  readonly messages: readonly Message[];
  readonly sampling: Sampling & { readonly seed: number };
  readonly maxTokens: number;
  readonly stop?: readonly string[];
  readonly n?: number;
  /** What a server wants to be told beside, by its own names. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** A model of a server, asked for chat completions as its settings and ours fit together. */
export class ChatModel {
  private model: Promise<string> | undefined;
  /** Some refuse to tell log-probabilities: they are not asked twice. */
  private tells = true;

  constructor(
    readonly connection: Connection,
    private readonly onWait?: OnWait,
  ) {}

  /** The model's name at the server. */
  name(signal: AbortSignal): Promise<string> {
    this.model ??= modelToAsk(this.connection, signal).catch((error: unknown) => {
      this.model = undefined;
      throw error;
    });
    return this.model;
  }

  async *ask(question: Question): AsyncGenerator<News, void, void> {
    const { signal } = question;
    const body = bodyOf(await this.name(signal), question);
    if (this.tells) {
      let heard = false;
      try {
        for await (const news of chat(this.connection, { ...body, logprobs: true }, signal, this.onWait)) {
          heard = true;
          yield news;
        }
        return;
      } catch (error) {
        if (heard || !refusesLogProbs(error)) throw error;
        this.tells = false;
      }
    }
    yield* chat(this.connection, body, signal, this.onWait);
  }
}

function refusesLogProbs(error: unknown): boolean {
  return error instanceof EndpointError && error.outlook.status === 400 && /log_?probs?/i.test(error.message);
}

/** Parameters that not every server knows are left out where they do nothing. */
function bodyOf(model: string, { messages, sampling, maxTokens, stop = [], n = 1, more }: Question): ChatBody {
  const { temperature, topP, topK, minP, repetitionPenalty, seed } = sampling;
  const stops = stop.filter((text) => text !== '');
  return {
    model,
    messages,
    max_tokens: maxTokens,
    temperature,
    seed,
    ...(topP < 1 && { top_p: topP }),
    ...(topK > 0 && { top_k: topK }),
    ...(minP > 0 && { min_p: minP }),
    ...(repetitionPenalty !== 1 && { repetition_penalty: repetitionPenalty, repeat_penalty: repetitionPenalty }),
    ...(stops.length > 0 && { stop: stops }),
    ...(n > 1 && { n }),
    ...more,
  };
}
