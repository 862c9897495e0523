import { z } from 'zod';
import type { SessionPort } from '../../run.ts';
import { type Connection, EndpointError, jsonBody, type ServedModel } from '../connection.ts';
import { patiently } from '../patience.ts';
import { DTYPES } from './datatypes.ts';

/** The KServe v2 protocol ("Open Inference Protocol"): https://github.com/kserve/open-inference-protocol */

const server = z.object({
  name: z.string(),
  version: z.string().optional(),
  extensions: z.array(z.string()).default([]),
});
const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.coerce.number()) });
const model = z.object({ name: z.string(), inputs: z.array(tensor), outputs: z.array(tensor) });
const index = z.array(z.object({ name: z.string(), state: z.string().optional() }));

export interface ServerNow {
  readonly server: string;
  readonly models: readonly ServedModel[];
}

/** What a server is and serves: all of it where it has an index (Triton), else the model that the settings name. */
export async function serverNow(connection: Connection, signal: AbortSignal): Promise<ServerNow> {
  const { name, version } = await serverMetadata(connection, signal);
  const names = await namesOf(connection, signal);
  const models: ServedModel[] = [];
  // One by one: there may be hundreds, and one that cannot be read does not hide the others.
  for (const each of names)
    models.push(
      await modelPorts(connection, each, signal).then(
        (ports) => ({ name: each, ...ports }),
        (error) => {
          if (signal.aborted) throw error;
          return { name: each };
        },
      ),
    );
  return { server: version ? `${name} ${version}` : name, models };
}

async function namesOf(connection: Connection, signal: AbortSignal): Promise<string[]> {
  const own = connection.model === undefined ? [] : [connection.model];
  try {
    const json = await asked(connection, 'repository/index', signal, '{}');
    const ready = index.parse(json).filter(({ state }) => state === undefined || state === 'READY');
    return [...new Set([...own, ...ready.map(({ name }) => name)])];
  } catch (error) {
    // The index is an extension (model repository) that not every server has.
    if (signal.aborted) throw error;
    return own;
  }
}

export async function serverMetadata(connection: Connection, signal: AbortSignal): Promise<z.output<typeof server>> {
  return read(connection, server, await asked(connection, '', signal), 'metadata of a KServe v2 server');
}

/** Inputs and outputs of a model; a dimension that varies is `?`. */
export async function modelPorts(
  connection: Connection,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly inputs: readonly SessionPort[]; readonly outputs: readonly SessionPort[] }> {
  const json = await asked(connection, `models/${encodeURIComponent(name)}`, signal);
  const { inputs, outputs } = read(connection, model, json, `metadata of the model "${name}"`);
  const port = ({ name: each, datatype, shape }: z.output<typeof tensor>): SessionPort => {
    const dtype = DTYPES[datatype];
    if (!dtype)
      throw new EndpointError(
        `"${each}" of the model "${name}" at endpoint:${connection.name} is of the type ${datatype}, which no wire carries.`,
        `Serve it with one of ${Object.keys(DTYPES).join(', ')}.`,
      );
    return { name: each, dtype, dims: shape.map((dim) => (dim < 0 ? '?' : dim)) };
  };
  return { inputs: inputs.map(port), outputs: outputs.map(port) };
}

async function asked(connection: Connection, path: string, signal: AbortSignal, body?: string): Promise<unknown> {
  const reply = await patiently(
    () =>
      connection.send(path, {
        signal,
        ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
      }),
    signal,
  );
  return jsonBody(connection, reply);
}

function read<S extends z.ZodType>(connection: Connection, schema: S, json: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new EndpointError(
    `The server of endpoint:${connection.name} answered with what is no ${what}: ${connection.quote(JSON.stringify(json))}`,
    'Check its address in Model servers: that of Triton over HTTP is mostly port 8000, without a path.',
  );
}
