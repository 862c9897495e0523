import { createHash } from 'node:crypto';
import {
  type Connection,
  EndpointError,
  type Protocol,
  type ServerReply,
  type ServerRequest,
} from '../../../nodes/endpoint/connection.ts';
import type { OpenEndpoint } from './endpoints.ts';

/**
 * A server as nodes see it. `now`: its address and key at each request, since a generator that is kept between runs must
 * not go on with a key that was changed.
 */
export function connectionOf(endpoint: OpenEndpoint, now: () => Promise<OpenEndpoint>): Connection {
  const { name, protocol, model, known } = endpoint;
  let key = endpoint.key;
  return {
    ...{ name, protocol, known },
    ...(model !== undefined && model !== '' && { model }),
    async send(path, request) {
      const current = await now();
      key = current.key;
      return send(current, path, request);
    },
    quote: (words) => quoted(words, key),
  };
}

/** Tells endpoints apart by where they lead and what they ask for; the key is no part of it. */
export function endpointDigest({ url, model, protocol }: OpenEndpoint): string {
  return createHash('sha256')
    .update(JSON.stringify([url, model, protocol]))
    .digest('hex');
}

async function send(endpoint: OpenEndpoint, path: string, request: ServerRequest): Promise<ServerReply> {
  const { name, key } = endpoint;
  const watch = new Silence(endpoint, request.signal);
  try {
    const response = await watch.over(
      fetch(addressOf(endpoint, path), {
        method: request.body === undefined ? 'GET' : 'POST',
        ...(request.body !== undefined && { body: request.body }),
        headers: { ...request.headers, ...(key && { Authorization: `Bearer ${key}` }) },
        // Followed by nobody: the key is for the server that the user wrote down.
        redirect: 'manual',
        signal: watch.signal,
      }),
    );
    if (!response.ok) throw await refusalOf(endpoint, response, watch);
    return replyOf(endpoint, response, watch);
  } catch (error) {
    watch.close();
    throw request.signal.aborted ? request.signal.reason : troubleOf(name, error);
  }
}

/** Where nodes' paths begin: `/v1` is added to an OpenAI-compatible address of a host alone, `/v2` to one of KServe. */
function addressOf({ url, protocol }: { readonly url: string; readonly protocol: Protocol }, path: string): string {
  const base = url.replace(/\/+$/, '');
  const bare = new URL(base).pathname === '/';
  if (protocol === 'openai') return `${base}${bare ? '/v1' : ''}/${path}`;
  return `${base.replace(/\/v2$/, '')}/v2${path === '' ? '' : `/${path}`}`;
}

/** Gives a request up where the server says nothing for too long; each word of it begins the wait anew. */
class Silence {
  private readonly controller = new AbortController();
  readonly signal: AbortSignal;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly endpoint: OpenEndpoint,
    asked: AbortSignal,
  ) {
    this.signal = AbortSignal.any([asked, this.controller.signal]);
  }

  async over<T>(word: Promise<T>): Promise<T> {
    const { name, silence } = this.endpoint;
    this.timer = setTimeout(() => {
      this.controller.abort(
        new EndpointError(
          `The server of endpoint:${name} said nothing for ${silence} s.`,
          'It may be busy or loading: run again, or allow a longer silence in Model servers.',
        ),
      );
    }, silence * 1000);
    try {
      return await word;
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** Closes the connection, if it is open still. */
  close(): void {
    this.controller.abort();
  }
}

function replyOf({ name }: OpenEndpoint, response: Response, watch: Silence): ServerReply {
  const contentType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return {
    contentType,
    header: (header) => response.headers.get(header) ?? undefined,
    async *chunks() {
      const reader = response.body?.getReader();
      try {
        for (;;) {
          const part = await watch.over(reader?.read() ?? Promise.resolve({ done: true as const, value: undefined }));
          if (part.done) return;
          yield part.value;
        }
      } catch (error) {
        throw watch.signal.aborted ? watch.signal.reason : troubleOf(name, error);
      } finally {
        watch.close();
      }
    },
  };
}

/** Of what a server says where it refuses, at most so many bytes are read. */
const REFUSAL_BYTES = 16 * 1024;
const AGAIN: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

async function refusalOf(endpoint: OpenEndpoint, response: Response, watch: Silence): Promise<EndpointError> {
  const { name, key } = endpoint;
  const { status } = response;
  if (status >= 300 && status < 400) {
    const to = response.headers.get('location') ?? '';
    const where = URL.canParse(to, endpoint.url) ? new URL(to, endpoint.url).origin : 'elsewhere';
    return new EndpointError(
      `The server of endpoint:${name} sends on to ${quoted(where, key)}: that is not followed, and the key was not sent there.`,
      'Write that address down in Model servers, if you trust it.',
      { again: false, status },
    );
  }
  const said = quoted(wordsOf(await beginningOf(endpoint, response, watch)), key);
  return new EndpointError(
    `The server of endpoint:${name} answered ${status} ${REASONS[status] ?? ''}`.trimEnd() + (said ? `: ${said}` : '.'),
    hintOf(status, name, key !== undefined),
    { again: AGAIN.has(status), status, ...retryAfter(response.headers.get('retry-after')) },
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: '(bad request)',
  401: '(not authorised)',
  403: '(forbidden)',
  404: '(not found)',
  422: '(bad request)',
  429: '(too many requests)',
  500: '(error in the server)',
  502: '(bad gateway)',
  503: '(not available)',
  504: '(gateway timed out)',
};

function hintOf(status: number, name: string, hasKey: boolean): string {
  if (status === 401 || status === 403)
    return hasKey ? 'Write its key again in Model servers.' : 'It wants a key: write it down in Model servers.';
  if (status === 404)
    return `Check the address and the model's name: patchbay endpoints test ${name} lists what it serves.`;
  return AGAIN.has(status) ? 'Run again in a while.' : "Change what it names, or see the server's log.";
}

/** `Retry-After` in seconds, or as a date (RFC 9110, section 10.2.3). */
function retryAfter(header: string | null): { readonly afterMs?: number } {
  if (header === null) return {};
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? { afterMs: Math.max(0, seconds * 1000) } : {};
}

async function beginningOf(endpoint: OpenEndpoint, response: Response, watch: Silence): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of replyOf(endpoint, response, watch).chunks()) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= REFUSAL_BYTES) break;
    }
  } catch {
    // Its status says enough.
  }
  return text;
}

/** What a server says of an error, out of the forms that there are: OpenAI's, FastAPI's, Triton's, or plain words. */
function wordsOf(text: string): string {
  try {
    const json: unknown = JSON.parse(text);
    const at = (value: unknown, name: string): unknown =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    const error = at(json, 'error');
    const said = [at(error, 'message'), error, at(json, 'message'), at(json, 'detail')];
    return said.find((words): words is string => typeof words === 'string') ?? text;
  } catch {
    return /^\s*</.test(text) ? '' : text;
  }
}

/** Longest that a server is quoted, in letters. */
const QUOTED = 300;

function quoted(words: string, key: string | undefined): string {
  // The key is struck out before the words are cut: a part of it would be left otherwise.
  const safe = key ? words.replaceAll(key, '•••') : words;
  const line = safe.replace(/\s+/g, ' ').trim();
  return line.length > QUOTED ? `${line.slice(0, QUOTED)}…` : line;
}

const TROUBLES: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Start the server, or mend its address in Model servers.'],
  ENOTFOUND: ['there is no such host', 'Mend its address in Model servers.'],
  EAI_AGAIN: ['its name cannot be looked up now', 'Check the network.'],
  ECONNRESET: ['it broke the connection off', "Run again; the server's log says why, where it happens again."],
  EPIPE: ['it broke the connection off', "Run again; the server's log says why, where it happens again."],
  UND_ERR_SOCKET: ['it broke the connection off', "Run again; the server's log says why, where it happens again."],
  ETIMEDOUT: ['it does not answer', 'Check the address and the network.'],
  UND_ERR_CONNECT_TIMEOUT: ['it does not answer', 'Check the address and the network.'],
};

function troubleOf(name: string, error: unknown): unknown {
  if (error instanceof EndpointError) return error;
  const code = codeOf(error);
  const [why, hint] = TROUBLES[code] ?? [
    `the connection failed (${code || innermost(error)})`,
    'Check its address in Model servers.',
  ];
  return new EndpointError(`The server of endpoint:${name} cannot be reached: ${why}.`, hint, { again: true });
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  return error.cause === undefined ? error.message : innermost(error.cause);
}

/** Of the innermost cause: `fetch` wraps what went wrong, and a host with several addresses gathers several. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('E')) return error.code;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codeOf(inner) || ('code' in error && typeof error.code === 'string' ? error.code : '');
}
