import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { portSchema } from '../../../nodes/file-ports.ts';
import { NodeError } from '../../../nodes/run.ts';
import { replaceFile } from '../documents/save.ts';
import { dataFolder } from '../paths.ts';
import { endpointSchema } from './schema.ts';

const ports = z.array(portSchema).readonly();

/** An endpoint as it lies on disk: its key plain, or sealed by the desktop app. */
const storedSchema = endpointSchema.extend({
  key: z.string().optional(),
  sealed: z.string().optional(),
  known: z
    .array(z.object({ name: z.string(), inputs: ports.optional(), outputs: ports.optional() }).readonly())
    .readonly()
    .default([]),
});

export type StoredEndpoint = z.output<typeof storedSchema>;

const fileSchema = z.object({ endpoints: z.array(storedSchema) });

export const endpointsFile = () => join(dataFolder(), 'endpoints.json');

/** By name. Rejects with a sentence where the file cannot be read: it is not written over then. */
export async function readEndpoints(): Promise<StoredEndpoint[]> {
  const path = endpointsFile();
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new NodeError(`"${path}" cannot be read (${error.code}).`, 'Give this user the right to read it.');
  });
  if (text === undefined) return [];
  try {
    return fileSchema.parse(JSON.parse(text)).endpoints;
  } catch {
    // What it holds is not told: there are keys in it.
    throw new NodeError(`"${path}" is damaged.`, 'Mend it, or move it away and write your endpoints down again.');
  }
}

/** For this user's eyes alone. */
const OWN = 0o600;

export async function writeEndpoints(endpoints: readonly StoredEndpoint[]): Promise<void> {
  await mkdir(dataFolder(), { recursive: true });
  const sorted = [...endpoints].sort((a, b) => (a.name < b.name ? -1 : 1));
  await replaceFile(endpointsFile(), `${JSON.stringify({ endpoints: sorted }, null, 2)}\n`, { mode: OWN });
}
