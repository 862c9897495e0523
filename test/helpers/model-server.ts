import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as the server got it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The client closed the connection before the answer was over. */
  closed: boolean;
}

export type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>;

/** A server on 127.0.0.1 that answers as a test says, and keeps what it was asked. */
export class ModelServer {
  readonly asked: Asked[] = [];
  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(answer: Answer): Promise<ModelServer> {
    const handle = async (request: IncomingMessage, response: ServerResponse) => {
      const body = await buffer(request);
      const { method = '', url: path = '', headers } = request;
      const asked: Asked = { method, path, headers, body, closed: false };
      made.asked.push(asked);
      response.on('close', () => {
        asked.closed = !response.writableFinished;
      });
      await answer(asked, response);
    };
    const server = createServer((request, response) => void handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const made = new ModelServer(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return made;
  }

  json(index: number) {
    return JSON.parse(this.asked.at(index)?.body.toString() ?? '');
  }
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** Begins a stream of events, as servers of chat completions send them. */
export function stream(response: ServerResponse): (event: unknown) => void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  return (event) => void response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
}

export interface Said {
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly reasoning?: string;
}

/** A part of a chat completion, in the form of vLLM's; `logProb` of each token, which is one. */
export function delta(
  said: Said,
  { index = 0, logProb, finish }: { index?: number; logProb?: number; finish?: string } = {},
) {
  const token = Object.values(said).join('');
  return {
    object: 'chat.completion.chunk',
    choices: [
      {
        index,
        delta: said,
        logprobs: logProb === undefined ? null : { content: [{ token, logprob: logProb, top_logprobs: [] }] },
        finish_reason: finish ?? null,
      },
    ],
    usage: null,
  };
}

export const usage = (prompt: number, completion: number, more: object = {}) => ({
  choices: [],
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, ...more },
});
