import type { RunError } from '../../electron/backend/executor/events.ts';

/** What the backend tells of a measurement of either kind, however it stands. */
export interface Standing {
  readonly title: string;
  readonly done: number;
  readonly status: 'running' | 'finished' | 'stopped' | 'failed';
  readonly secondsLeft?: number;
  /** Absent in news where it is as in the last. */
  readonly result?: unknown;
  readonly error?: RunError;
}

/** What a view shows: a measurement that is kept in the backend, or one from a file. */
export type Shown<News extends Standing> = News & {
  /** Absent where it came from a file. */
  readonly id?: string;
  readonly stopping: boolean;
};

/** What is shown of a measurement after some news of it. */
export function heard<News extends Standing>(before: Shown<News> | undefined, id: string, news: News): Shown<News> {
  const known = before?.id === id ? before : undefined;
  const result = news.result ?? known?.result;
  const stopping = known?.stopping === true && news.status === 'running';
  return { ...news, id, ...(result !== undefined && { result }), stopping };
}
