import { NodeError } from '../../../nodes/run.ts';
import type { RunError } from './events.ts';

/** An error of any origin as it is told: a sentence, and what to do where the error says that. */
export function errorOf(error: unknown): RunError {
  if (error instanceof NodeError) return { message: error.message, ...(error.hint && { hint: error.hint }) };
  const message = error instanceof Error ? error.message : String(error);
  return { message: message.split('\n')[0] || 'The node stopped without saying why.' };
}
