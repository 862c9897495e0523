import { useEffect, useState } from 'react';
import { sentence } from '../ui/asked.ts';

/**
 * How long a request takes, as it is measured on this machine once that is wanted and the pause is over. Another request
 * wants another component. `estimate` must be the same function each time.
 */
export function useTimes<Request, Time>(
  request: Request,
  estimate: (request: Request, options: { signal: AbortSignal }) => Promise<AsyncIterable<Time>>,
  wanted: boolean,
  pauseMs: number,
) {
  const [times, setTimes] = useState<readonly Time[]>([]);
  const [error, setError] = useState<string>();
  const key = JSON.stringify(request);
  useEffect(() => {
    if (!wanted) return;
    const over = new AbortController();
    const measure = async () => {
      try {
        for await (const time of await estimate(JSON.parse(key), { signal: over.signal }))
          setTimes((before) => [...before, time]);
      } catch (reason) {
        if (!over.signal.aborted) setError(sentence(reason));
      }
    };
    const timer = setTimeout(() => void measure(), pauseMs);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [key, wanted, pauseMs, estimate]);
  return { times, error };
}
