import { servedModels } from '../../../nodes/endpoint/chat/served.ts';
import { type Connection, EndpointError } from '../../../nodes/endpoint/connection.ts';
import { serverNow } from '../../../nodes/endpoint/tensors/metadata.ts';
import type { TestReport } from './schema.ts';

/** Longest that a test waits, tries again among it, in ms. */
const LONGEST_MS = 20_000;

/** Asks a server what it serves: no model is run. */
export async function testConnection(connection: Connection, asked: AbortSignal): Promise<TestReport> {
  const tooLong = AbortSignal.timeout(LONGEST_MS);
  const startedAt = performance.now();
  try {
    const heard = await heardOf(connection, AbortSignal.any([asked, tooLong]));
    return { ...heard, ms: performance.now() - startedAt };
  } catch (error) {
    if (asked.aborted || !tooLong.aborted) throw error;
    throw new EndpointError(
      `The server of endpoint:${connection.name} did not answer within ${LONGEST_MS / 1000} s.`,
      'Check its address, and whether it is still loading.',
    );
  }
}

async function heardOf(connection: Connection, signal: AbortSignal): Promise<Omit<TestReport, 'ms'>> {
  if (connection.protocol === 'kserve') return serverNow(connection, signal);
  const { models, engine } = await servedModels(connection, signal);
  return { models, ...(engine && { server: engine }) };
}
