import { setTimeout as wait } from 'node:timers/promises';
import { endpoint, hubToken, patience } from './environment.ts';
import { connectionTrouble, HubError } from './trouble.ts';

/** How tries follow each other. */
export interface Pace {
  /** In a row, without a byte in between. */
  readonly attempts: number;
  /** Before the second one; it doubles from then on. */
  readonly backoffMs: number;
}

export const PACE: Pace = { attempts: 6, backoffMs: 1000 };

/** A server that wants more time than this is left alone. */
const LONGEST_WAIT_MS = 120_000;

const MOST_REDIRECTS = 5;

/** `url` after its redirects. The token goes to the Hub itself alone: what stores the files for it is told nothing. */
export async function hubFetch(url: string, headers: HeadersInit, signal: AbortSignal): Promise<Response> {
  const token = await hubToken();
  const home = new URL(endpoint()).origin;
  let at = new URL(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const own = new Headers(headers);
    if (token !== undefined && at.origin === home) own.set('Authorization', `Bearer ${token}`);
    const response = await answered(at.href, own, signal);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    at = new URL(location, at);
    if (at.protocol !== 'https:' && at.protocol !== 'http:') break;
  }
  throw new HubError('answer', `${new URL(url).host} sends from one address to the next without an end.`);
}

/** Until the headers are there. */
async function answered(url: string, headers: Headers, signal: AbortSignal): Promise<Response> {
  // One that began to answer is watched by whoever reads the body.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience());
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    throw late.signal.aborted ? stalled(url) : connectionTrouble(error, url);
  } finally {
    clearTimeout(timer);
  }
}

/** The pieces of a body. Throws a `HubError` where none comes for too long, or the connection breaks. */
export async function* pieces(response: Response, url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), url, signal);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function inTime<T>(reading: Promise<T>, url: string, signal: AbortSignal): Promise<T> {
  const done = new AbortController();
  const late = wait(patience(), undefined, { signal: done.signal, ref: false }).then(() => {
    throw stalled(url);
  });
  // Whichever loses is not looked at again.
  late.catch(() => {});
  reading.catch(() => {});
  try {
    return await Promise.race([reading, late]);
  } catch (error) {
    signal.throwIfAborted();
    throw connectionTrouble(error, url);
  } finally {
    done.abort();
  }
}

function stalled(url: string): HubError {
  return new HubError('offline', `Nothing came from ${new URL(url).host} for ${patience() / 1000} s.`, {
    hint: 'Check the network and try again: what is here already is kept.',
    passing: true,
  });
}

/** Said before another try. */
export type Retrying = (trouble: HubError, waitMs: number) => void;

/**
 * Tries again what may go by itself, with longer and longer waits, or as long as the server says. `act` is given what it
 * calls on progress: from there its tries count anew.
 */
export async function patiently<T>(
  act: (progressed: () => void) => Promise<T>,
  { attempts, backoffMs }: Pace,
  signal: AbortSignal,
  retrying: Retrying,
): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await act(() => {
        failed = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HubError) || !error.passing || failed >= attempts) throw error;
      const ms = error.retryAfterMs ?? backoffMs * 2 ** Math.max(0, failed - 1) * (0.75 + Math.random() / 2);
      if (ms > LONGEST_WAIT_MS) throw error;
      retrying(error, ms);
      await wait(ms, undefined, { signal });
    }
  }
}
