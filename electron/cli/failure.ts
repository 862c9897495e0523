import { DocumentError } from '../../graphs/document.ts';
import { NodeError } from '../../nodes/run.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/** Ends a command with one line on stderr and an exit code. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: number = EXIT.usage,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

/** One line for stderr and the exit code that goes with it; a bug keeps its stack. */
export function describeFailure(error: unknown): { readonly line: string; readonly code: number } {
  if (error instanceof Failure) return { line: error.message, code: error.code };
  if (error instanceof DocumentError) return { line: error.message, code: EXIT.usage };
  if (error instanceof NodeError)
    return { line: error.hint ? `${error.message} ${error.hint}` : error.message, code: EXIT.usage };
  return { line: error instanceof Error ? (error.stack ?? error.message) : String(error), code: EXIT.failed };
}
