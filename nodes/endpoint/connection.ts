import { NodeError, type SessionPort } from '../run.ts';

/** What is spoken with a server: chat completions as OpenAI has them, or the KServe v2 inference protocol (Triton). */
export const PROTOCOLS = ['openai', 'kserve'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** A model that a server was heard to serve when its connection was last tested. */
export interface ServedModel {
  readonly name: string;
  /** Of a KServe model: its ports as the server's metadata have them. */
  readonly inputs?: readonly SessionPort[];
  readonly outputs?: readonly SessionPort[];
}

/** A server as nodes see it. Its address and its key stay with whoever lends it. */
export interface Connection {
  readonly name: string;
  readonly protocol: Protocol;
  /** The model to ask, where the user named one. */
  readonly model?: string;
  /** What was known of it before it is asked anything. */
  readonly known: readonly ServedModel[];
  /**
   * One request, tried once: `path` is below the endpoint's address. Resolves where the answer begins, with a status of
   * 200 to 299. Rejects with an `EndpointError` otherwise; where `signal` was aborted, with its reason.
   */
  send(path: string, request: ServerRequest): Promise<ServerReply>;
  /** Words of the server as they may be shown: one short line in which the key, should it stand there, is struck out. */
  quote(words: string): string;
}

export interface ServerRequest {
  readonly signal: AbortSignal;
  /** With a body it is a POST, else a GET. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServerReply {
  /** Without parameters, in small letters. */
  readonly contentType: string;
  header(name: string): string | undefined;
  /** The body as it comes. Throws an `EndpointError` where the server falls silent or the connection breaks; leaving the loop closes it. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What a server did wrong, or could not be asked, as a sentence for the user. */
export class EndpointError extends NodeError {
  constructor(
    message: string,
    hint: string,
    /** `again`: it may go better on another try; `afterMs`: not before so long, as the server says. */
    readonly outlook: { readonly again: boolean; readonly afterMs?: number; readonly status?: number } = {
      again: false,
    },
  ) {
    super(message, hint);
  }
}

/** Longest answer that is taken in whole, in bytes: metadata and lists. */
const LONGEST = 32 * 1024 * 1024;

/** A body in one piece. */
export async function wholeBody(reply: ServerReply, limit = LONGEST): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.chunks()) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > limit)
      throw new EndpointError(
        `The server's answer is longer than ${Math.round(limit / 1e6)} MB.`,
        'Check that its address is that of a model server.',
      );
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

/** An answer in JSON. Rejects with a sentence where it is none. */
export async function jsonBody(connection: Connection, reply: ServerReply): Promise<unknown> {
  const text = new TextDecoder().decode(await wholeBody(reply));
  return parsedJson(connection, text, reply.contentType);
}

export function parsedJson({ name, quote }: Connection, text: string, contentType: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EndpointError(
      `The server of endpoint:${name} answered with what is no JSON (${contentType || 'no content type'}): ${quote(text)}`,
      'Check its address in Model servers: it may lead to a web page or a proxy.',
    );
  }
}
