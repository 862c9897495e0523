import { useEffect, useState } from 'react';
import { messageOf, useConnection } from '../backend/client.ts';
import { hintOf } from '../store/ui.ts';

export interface Asked<Answer> {
  readonly answer?: Answer;
  /** Why there is none. */
  readonly error?: string;
}

/** A pause in which more may be chosen. */
export const QUIET_MS = 300;

export const sentence = (error: unknown) => [messageOf(error), hintOf(error)].filter(Boolean).join(' ');

/**
 * What the backend says of a request; asked anew whenever it is another, nothing until then. A request that is a text is what
 * is wrong with it. `ask` must be the same function each time.
 */
export function useAsked<Request, Answer>(
  request: Request | string,
  ask: (request: Request) => Promise<Answer>,
): Asked<Answer> {
  const [known, setKnown] = useState<Asked<Answer> & { readonly key: string }>();
  const connected = useConnection((state) => state.status === 'connected');
  const key = JSON.stringify(request);
  useEffect(() => {
    const asked: Request | string = JSON.parse(key);
    if (typeof asked === 'string' || !connected) return;
    let over = false;
    const timer = setTimeout(async () => {
      const found = await ask(asked).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error: sentence(error) }),
      );
      if (!over) setKnown({ key, ...found });
    }, QUIET_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, connected, ask]);
  if (typeof request === 'string') return { error: request };
  return known?.key === key ? known : {};
}
