import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { type Connection, EndpointError, parsedJson, type ServerReply, wholeBody } from '../connection.ts';
import { type OnWait, patiently } from '../patience.ts';
import type { Message } from './messages.ts';

/** What is asked, in the field's own names: OpenAI's, and those that vLLM, SGLang and llama.cpp add. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly n?: number;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly stop?: readonly string[];
  readonly logprobs?: boolean;
  readonly [more: string]: unknown;
}

export interface ServerToken {
  readonly text: string;
  readonly logProb: number;
}

/** What one event adds to one of the answers. */
export interface Piece {
  readonly index: number;
  readonly content: string;
  /** Of a server that tells thoughts apart by itself. */
  readonly thought: string;
  /** Its tokens, where the server tells them; of both. */
  readonly tokens: readonly ServerToken[];
  /** `stop`, `length`, … on the last. */
  readonly finish?: string;
}

/** Figures of the server, of all answers to a call together. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
  readonly images?: number;
  readonly reasoning?: number;
}

export type News = { readonly piece: Piece } | { readonly usage: Usage };

/** One event of a stream, several lines of it included, in characters. */
const LONGEST_EVENT = 16 * 1024 * 1024;

/**
 * Asks for chat completions and gives what comes as it comes. What fails before the first token is tried again
 * (`patiently`), what fails after it is an error; so is a stream that ends before every answer did.
 */
export async function* chat(
  connection: Connection,
  body: ChatBody,
  signal: AbortSignal,
  onWait?: OnWait,
): AsyncGenerator<News, void, void> {
  const { before, events } = await patiently(() => begin(connection, body, signal), signal, onWait);
  try {
    yield* before;
    for (;;) {
      const { value, done } = await events.next();
      if (done) return;
      yield value;
    }
  } finally {
    await events.return(undefined);
  }
}

/** Reads up to the first token. */
async function begin(connection: Connection, body: ChatBody, signal: AbortSignal) {
  const reply = await connection.send('chat/completions', {
    signal,
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
  });
  const events = newsOf(connection, reply);
  const before: News[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) break;
    before.push(value);
    if ('piece' in value && (value.piece.content || value.piece.thought || value.piece.finish)) break;
  }
  return { before, events };
}

async function* newsOf(connection: Connection, reply: ServerReply): AsyncGenerator<News, void, void> {
  const open = new Map<number, boolean>();
  for await (const text of eventsOf(connection, reply)) {
    if (text === '[DONE]') return;
    for (const news of readEvent(connection, text, reply.contentType)) {
      if ('piece' in news)
        open.set(news.piece.index, news.piece.finish === undefined && open.get(news.piece.index) !== false);
      yield news;
    }
  }
  if (open.size === 0 || [...open.values()].includes(true))
    throw new EndpointError(
      `The server of endpoint:${connection.name} ended its answer in the middle.`,
      "Run again; the server's log says why, where it happens again.",
      { again: true },
    );
}

/** The data of each event; of a server that does not stream, the whole answer as one. */
async function* eventsOf(connection: Connection, reply: ServerReply): AsyncGenerator<string, void, void> {
  if (reply.contentType === 'application/json') {
    yield new TextDecoder().decode(await wholeBody(reply));
    return;
  }
  if (reply.contentType !== 'text/event-stream')
    throw new EndpointError(
      `The server of endpoint:${connection.name} answered with ${reply.contentType || 'no content type'}, not with a stream of events.`,
      'Check its address in Model servers: that of an OpenAI-compatible server mostly ends in /v1.',
    );
  const ready: string[] = [];
  let broken = false;
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => void ready.push(data),
    onError: ({ type }) => {
      broken ||= type === 'max-buffer-size-exceeded';
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of reply.chunks()) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
    if (broken)
      throw new EndpointError(
        `The server of endpoint:${connection.name} sent an event that does not end.`,
        'Check its address in Model servers.',
      );
  }
}

const count = z.number().int().min(0);
const words = z.string().nullish();
const choice = z.object({
  index: count.default(0),
  delta: z.object({ content: words, reasoning_content: words, reasoning: words }).nullish(),
  message: z.object({ content: words, reasoning_content: words, reasoning: words }).nullish(),
  logprobs: z.object({ content: z.array(z.object({ token: z.string(), logprob: z.number() })).nullish() }).nullish(),
  finish_reason: words,
});
const event = z.object({
  error: z.unknown().optional(),
  choices: z.array(choice).default([]),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count.default(0),
      prompt_tokens_details: z.object({ image_tokens: count.nullish() }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish(),
    })
    .nullish(),
});

function readEvent(connection: Connection, text: string, contentType: string): News[] {
  const json = parsedJson(connection, text, contentType);
  const parsed = event.safeParse(json);
  if (!parsed.success || parsed.data.error)
    throw new EndpointError(
      parsed.success
        ? `The server of endpoint:${connection.name} broke off with an error: ${connection.quote(text)}`
        : `The server of endpoint:${connection.name} sent what is no part of a chat completion: ${connection.quote(text)}`,
      parsed.success
        ? "The server's log may say more."
        : 'Check that its address is that of an OpenAI-compatible server.',
    );
  const pieces = parsed.data.choices.map((each): News => ({ piece: pieceOf(each) }));
  const { usage } = parsed.data;
  return usage ? [...pieces, { usage: usageOf(usage) }] : pieces;
}

function pieceOf({ index, delta, message, logprobs, finish_reason: finish }: z.output<typeof choice>): Piece {
  const said = delta ?? message;
  return {
    index,
    content: said?.content ?? '',
    thought: said?.reasoning_content ?? said?.reasoning ?? '',
    tokens: (logprobs?.content ?? []).map(({ token, logprob }) => ({ text: token, logProb: logprob })),
    ...(finish && { finish }),
  };
}

function usageOf(usage: NonNullable<z.output<typeof event>['usage']>): Usage {
  const images = usage.prompt_tokens_details?.image_tokens ?? undefined;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? undefined;
  return {
    prompt: usage.prompt_tokens,
    completion: usage.completion_tokens,
    ...(images !== undefined && { images }),
    ...(reasoning !== undefined && { reasoning }),
  };
}
