import type { Plan } from '../../../graphs/compile.ts';
import type { Facts } from '../../../nodes/definition.ts';
import type { ProviderEntry } from '../contract.ts';
import type { OpenEndpoint } from '../endpoints/endpoints.ts';
import type { RunError, RunEvent, RunOptions } from '../executor/events.ts';

/** Messages between the service and the engine process, over the fork's IPC channel (`serialization: 'advanced'`). */

export interface RunRequest {
  /** Id of the run; every event carries it. */
  readonly run: string;
  readonly plan: Plan;
  readonly options: RunOptions;
  /** Folder of the document, for relative file names. */
  readonly folder?: string;
}

/** Questions with one answer each, by name. */
export interface Questions {
  probe: {
    readonly ask: { kind: string; params: Readonly<Record<string, unknown>>; folder?: string };
    readonly answer: Facts;
  };
  providers: { readonly ask: Record<string, never>; readonly answer: readonly ProviderEntry[] };
}

export type QuestionName = keyof Questions;

export type Question = {
  [Name in QuestionName]: {
    readonly type: 'question';
    readonly id: number;
    readonly name: Name;
    readonly ask: Questions[Name]['ask'];
  };
}[QuestionName];

export type ToEngine =
  | { readonly type: 'endpoint'; readonly id: number; readonly endpoint: OpenEndpoint }
  | { readonly type: 'no-endpoint'; readonly id: number; readonly error: RunError }
  | ({ readonly type: 'run' } & RunRequest)
  | { readonly type: 'cancel'; readonly run: string }
  | Question;

/** In the environment of an engine: providers whose trial ended one before it, with commas between. */
export const DEADLY_PROVIDERS = 'PATCHBAY_DEADLY_PROVIDERS';

export type FromEngine =
  /** A provider whose driver may end this process is tried from now on, or none any more. */
  | { readonly type: 'trying'; readonly provider?: string }
  /** The engine asks: a key goes to it only when it is needed. */
  | { readonly type: 'endpoint'; readonly id: number; readonly name: string }
  /** In order; several at once, because a message costs more than an event. */
  | { readonly type: 'events'; readonly events: readonly RunEvent[] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Questions[QuestionName]['answer'] }
  | { readonly type: 'refusal'; readonly id: number; readonly error: RunError };
