import { NodeError } from '../../../../nodes/run.ts';

/** Why something of the Hub cannot be had. */
export type HubReason =
  /** No name of a model. */
  | 'reference'
  | 'missing'
  | 'moved'
  | 'gated'
  /** No connection, or none that lasts. */
  | 'offline'
  /** The server refuses for now. */
  | 'busy'
  /** It answered what nobody expects. */
  | 'answer'
  | 'hash'
  | 'disk'
  /** There, but not whole, or not of use here. */
  | 'files'
  | 'held';

interface Details {
  readonly hint?: string;
  /** It may go by itself: worth another try. */
  readonly passing?: boolean;
  /** When the server wants to be asked again, in ms from now. */
  readonly retryAfterMs?: number;
}

/** A sentence for the user, with what to do. */
export class HubError extends NodeError {
  readonly passing: boolean;
  readonly retryAfterMs?: number;

  constructor(
    readonly reason: HubReason,
    message: string,
    { hint, passing = false, retryAfterMs }: Details = {},
  ) {
    super(message, hint);
    this.name = 'HubError';
    this.passing = passing;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is asked for, for the sentence. */
export interface Asked {
  /** Repository, with its revision where it is not the main branch. */
  readonly repo: string;
  readonly file?: string;
  readonly page: string;
  readonly withToken: boolean;
}

/** Why an answer that is none of success was given; the Hub says more in the header `X-Error-Code`. */
export function refusalOf({ status, headers }: Response, asked: Asked): HubError {
  const code = headers.get('x-error-code');
  if (code === 'GatedRepo' || status === 403) return gated(asked);
  if (code === 'RevisionNotFound')
    return new HubError('missing', `${asked.repo}: the Hub has no such revision.`, {
      hint: `Look at the branches on ${asked.page}.`,
    });
  if (code === 'EntryNotFound')
    return new HubError('missing', `${asked.repo} has no file ${asked.file ?? 'of that name'}.`, {
      hint: 'It may have been removed a moment ago: try again.',
    });
  // Without a token the Hub does not tell a private model from none.
  if (status === 401 || status === 404) return missing(asked);
  if (status === 429 || status >= 500)
    return new HubError('busy', `The Hub ${status === 429 ? 'has been asked too often' : `failed (${status})`}.`, {
      hint: 'Try again in a few minutes: what is here already is kept.',
      passing: true,
      retryAfterMs: retryAfter(headers.get('retry-after')),
    });
  return new HubError('answer', `The Hub answered ${status} for ${asked.file ?? asked.repo}.`, {
    hint: 'Look at HF_ENDPOINT, if it is set.',
  });
}

function gated({ repo, page, withToken }: Asked): HubError {
  return new HubError('gated', `${repo} is gated: its licence must be accepted first.`, {
    hint: withToken
      ? `Accept it on ${page} with the account that the token in HF_TOKEN is of.`
      : `Accept it on ${page}, then put a token of that account into HF_TOKEN.`,
  });
}

function missing({ repo, withToken }: Asked): HubError {
  return new HubError('missing', `The Hub has no model ${repo}${withToken ? ' that this token may read' : ''}.`, {
    hint: withToken ? 'Check the name.' : 'Check the name; a private one needs a token in HF_TOKEN.',
  });
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const CONNECTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'names cannot be looked up',
  ECONNREFUSED: 'it refuses connections',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to it',
};

/** What `fetch` threw, or a body that ended early, as a sentence. */
export function connectionTrouble(error: unknown, url: string): HubError {
  if (error instanceof HubError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const { host } = new URL(url);
  const known = CONNECTIONS[code];
  return new HubError('offline', known ? `${host} cannot be reached: ${known}.` : `The connection to ${host} broke.`, {
    hint: 'Check the network and try again: what is here already is kept.',
    passing: true,
  });
}

/** A full disk in words; anything else as it is. */
export function diskTrouble(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hint = 'What is here already is kept: free some space, or set HF_HOME to a folder on a larger disk.';
  if (code === 'ENOSPC') return new HubError('disk', `The disk of ${folder} is full.`, { hint });
  if (code === 'EDQUOT') return new HubError('disk', `The disk quota for ${folder} is used up.`, { hint });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new HubError('disk', `Nothing can be written to ${folder}.`, {
      hint: 'Change its permissions, or set HF_HOME to another folder.',
    });
  return error;
}
