import { setTimeout as after } from 'node:timers/promises';
import { EndpointError } from './connection.ts';

/** Times that a request is tried, and the wait before the second in ms; it doubles from one to the next. */
const TRIES = 4;
const FIRST_WAIT_MS = 500;
/** A server that asks for a longer wait is not waited for. */
const LONGEST_WAIT_MS = 60_000;

/** Tells of a wait: `tried` of `of` tries failed, and the next comes `inMs` from now. */
export type OnWait = (wait: {
  readonly tried: number;
  readonly of: number;
  readonly inMs: number;
  readonly why: string;
}) => void;

/**
 * Tries again what may go better (too many requests, a server that starts or is overloaded, a broken connection), after
 * as long as the server asks for, or a wait that doubles, with a quarter of chance so that many clients do not come back
 * at once. `attempt` must not reject with such an error once something of its answer was used.
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
  onWait: OnWait = () => {},
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof EndpointError) || !error.outlook.again || tried === TRIES || signal.aborted) throw error;
      const { afterMs } = error.outlook;
      if (afterMs !== undefined && afterMs > LONGEST_WAIT_MS)
        throw new EndpointError(
          error.message,
          `It asks to be left alone for ${Math.ceil(afterMs / 1000)} s: run again after that.`,
        );
      const inMs = afterMs ?? FIRST_WAIT_MS * 2 ** (tried - 1) * (0.875 + Math.random() / 4);
      onWait({ tried, of: TRIES, inMs, why: error.message });
      await after(inMs, undefined, { signal });
    }
  }
}
