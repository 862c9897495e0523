import { z } from 'zod';
import type { SessionPort } from '../../run.ts';
import type { DType, Tensor } from '../../values.ts';
import {
  type Connection,
  EndpointError,
  parsedJson,
  type ServerReply,
  type ServerRequest,
  wholeBody,
} from '../connection.ts';
import { patiently } from '../patience.ts';
import { DTYPES, datatypeOf, elementBytes, fromBytes, fromJson } from './datatypes.ts';

export interface InferRequest {
  readonly model: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly SessionPort[];
  /** The server takes and gives tensors as raw bytes (the binary tensor extension). */
  readonly binary: boolean;
  readonly signal: AbortSignal;
}

/** Header of the binary extension: how many bytes of JSON stand before the tensors. */
const JSON_LENGTH = 'Inference-Header-Content-Length';
/** Longest answer, in bytes. */
const LONGEST = 2 ** 31;

/** Runs a model of a server over tensors, once, tried again where that may help. */
export async function infer(connection: Connection, request: InferRequest): Promise<Record<string, Tensor>> {
  const { model, signal, outputs } = request;
  const sent = bodyOf(request);
  const reply = await patiently(
    () => connection.send(`models/${encodeURIComponent(model)}/infer`, { signal, ...sent }),
    signal,
  );
  const given = await tensorsOf(connection, model, reply);
  const missing = outputs.find(({ name }) => !given[name]);
  if (missing) throw wrong(connection, model, `without "${missing.name}", which its metadata names`);
  return given;
}

function bodyOf({ feeds, outputs, binary }: InferRequest): Pick<ServerRequest, 'body' | 'headers'> {
  const entries = Object.entries(feeds).map(([name, { dtype, dims, data }]) => ({
    head: { name, datatype: datatypeOf(dtype), shape: dims },
    dtype,
    data,
    bytes: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  }));
  const wanted = outputs.map(({ name }) => ({ name, ...(binary && { parameters: { binary_data: true } }) }));
  if (!binary) {
    const half = entries.find(({ dtype }) => dtype === 'float16');
    if (half)
      throw new EndpointError(
        `"${half.head.name}" is half-precision, which only the binary tensor extension carries, and the server does not list it.`,
        'Serve the model with FP32 inputs.',
      );
    const inputs = entries.map(({ head, data }) => ({
      ...head,
      data: Array.from(data as ArrayLike<number | bigint>, Number),
    }));
    return { body: JSON.stringify({ inputs, outputs: wanted }), headers: { 'Content-Type': 'application/json' } };
  }
  const inputs = entries.map(({ head, bytes }) => ({ ...head, parameters: { binary_data_size: bytes.byteLength } }));
  const json = new TextEncoder().encode(JSON.stringify({ inputs, outputs: wanted }));
  const body = new Uint8Array(json.byteLength + entries.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
  body.set(json);
  let at = json.byteLength;
  for (const { bytes } of entries) {
    body.set(bytes, at);
    at += bytes.byteLength;
  }
  return { body, headers: { 'Content-Type': 'application/octet-stream', [JSON_LENGTH]: String(json.byteLength) } };
}

const answer = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number().int().min(0)),
      parameters: z.object({ binary_data_size: z.number().int().min(0).optional() }).optional(),
      data: z.array(z.unknown()).optional(),
    }),
  ),
});

async function tensorsOf(connection: Connection, model: string, reply: ServerReply): Promise<Record<string, Tensor>> {
  const body = await wholeBody(reply, LONGEST);
  const header = reply.header(JSON_LENGTH);
  const length = header === undefined ? body.byteLength : Number(header);
  if (!Number.isInteger(length) || length < 0 || length > body.byteLength)
    throw wrong(
      connection,
      model,
      `whose ${JSON_LENGTH} (${connection.quote(header ?? '')}) does not fit its ${body.byteLength} bytes`,
    );
  const text = new TextDecoder().decode(body.subarray(0, length));
  const parsed = answer.safeParse(parsedJson(connection, text, reply.contentType));
  if (!parsed.success) throw wrong(connection, model, `without outputs: ${connection.quote(text)}`);
  let at = length;
  const tensors = parsed.data.outputs.map(({ name, datatype, shape, parameters, data }): [string, Tensor] => {
    const dtype = DTYPES[datatype];
    if (!dtype) throw wrong(connection, model, `with "${name}" of the type ${datatype}, which no wire carries`);
    const size = parameters?.binary_data_size;
    const bytes = size === undefined ? undefined : body.subarray(at, at + size);
    at += size ?? 0;
    return [name, { dtype, dims: shape, data: valuesOf(connection, model, { name, dtype, shape, size, bytes, data }) }];
  });
  return Object.fromEntries(tensors);
}

interface Given {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Bytes that were said to come, and those that came. */
  readonly size?: number;
  readonly bytes?: Uint8Array;
  readonly data?: readonly unknown[];
}

function valuesOf(
  connection: Connection,
  model: string,
  { name, dtype, shape, size, bytes, data }: Given,
): Tensor['data'] {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const fault = (found: string) =>
    wrong(
      connection,
      model,
      `with "${name}" of ${found}, though its shape [${shape.join(', ')}] holds ${count} values`,
    );
  if (bytes) {
    if (bytes.byteLength !== size || size !== count * elementBytes(dtype)) throw fault(`${bytes.byteLength} bytes`);
    return fromBytes(dtype, bytes);
  }
  const values = data && dtype !== 'float16' ? fromJson(dtype, data) : undefined;
  if (values?.length !== count) throw fault(values ? `${values.length} values` : 'no values');
  return values;
}

function wrong({ name }: Connection, model: string, how: string): EndpointError {
  return new EndpointError(
    `The server of endpoint:${name} answered for the model "${model}" ${how}.`,
    "See the server's log: what it sends does not keep to KServe v2.",
  );
}
