import { afterEach, describe, expect, test } from 'vitest';
import { openRemote } from '../../../nodes/endpoint/tensors/session.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { type Answer, ModelServer, sendJson } from '../../helpers/model-server.ts';
import { inferred, tensorServer } from '../../helpers/tensor-server.ts';
import { connected, KEY } from './connected.ts';

let server: ModelServer;
afterEach(() => server.close());

const { signal } = new AbortController();
const open = async (answer: Answer, reference = 'endpoint:triton/twice') => {
  server = await ModelServer.start(answer);
  const endpoint = async () => connected(server.url, { name: 'triton', protocol: 'kserve', model: undefined });
  return openRemote({ endpoint, signal }, reference);
};

const x: Tensor = { dtype: 'float32', dims: [1, 3, 4, 4], data: Float32Array.from({ length: 48 }, (_, i) => i / 7) };

describe('a model of a KServe v2 server', () => {
  test.each([true, false])('tells its ports and runs over tensors; as raw bytes: %s', async (binary) => {
    const session = await open(tensorServer({ binary }));
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: ['?', 3, 4, 4] }]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', dims: ['?', 3, 4, 4] }]);
    // A view into a larger buffer, which must not go out whole.
    const part = new Float32Array([9, ...x.data, 9] as number[]).subarray(1, 49);
    const { y } = await session.run({ x: { ...x, data: part } }, ['y']);
    expect(y).toEqual({ dtype: 'float32', dims: [1, 3, 4, 4], data: (x.data as Float32Array).map((each) => 2 * each) });
    const asked = server.asked.at(-1);
    if (!asked) throw new Error('nothing was asked');
    expect(asked).toMatchObject({ method: 'POST', path: '/v2/models/twice/infer' });
    expect(asked.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(asked.headers['content-type']).toBe(binary ? 'application/octet-stream' : 'application/json');
    expect([...inferred(asked).values]).toEqual([...x.data]);
  });

  test('one that is not there is named, and so is a reference that names none', async () => {
    await expect(open(tensorServer(), 'endpoint:triton/thrice')).rejects.toMatchObject({
      message:
        "The server of endpoint:triton answered 404 (not found): Request for unknown model: 'thrice' is not found",
    });
    await expect(open(tensorServer(), 'endpoint:triton')).rejects.toMatchObject({
      hint: expect.stringContaining('endpoint:triton/<model>'),
    });
  });

  const well = tensorServer();
  const binaryAnswer =
    (head: object, bytes: number, length?: number): Answer =>
    (asked, response) => {
      if (!asked.path.endsWith('/infer')) return well(asked, response);
      const json = Buffer.from(JSON.stringify(head));
      response
        .writeHead(200, { 'Inference-Header-Content-Length': String(length ?? json.byteLength) })
        .end(Buffer.concat([json, Buffer.alloc(bytes)]));
    };
  const y = (shape: number[], size: number, datatype = 'FP32') => ({
    outputs: [{ name: 'y', datatype, shape, parameters: { binary_data_size: size } }],
  });
  test.each<[string, Answer, RegExp]>([
    ['fewer bytes than were said', binaryAnswer(y([2], 8), 4), /"y" of 4 bytes, though its shape \[2\] holds 2 values/],
    [
      'bytes that do not fit the shape',
      binaryAnswer(y([3], 8), 8),
      /"y" of 8 bytes, though its shape \[3\] holds 3 values/,
    ],
    ['a header beyond the body', binaryAnswer(y([2], 8), 8, 9999), /does not fit its \d+ bytes/],
    [
      'a type that no wire carries',
      binaryAnswer(y([2], 8, 'BYTES'), 8),
      /"y" of the type BYTES, which no wire carries/,
    ],
    ['no such output', binaryAnswer({ outputs: [] }, 0), /without "y", which its metadata names/],
    [
      'no tensors',
      (asked, response) => (asked.path.endsWith('/infer') ? sendJson(response, { ok: true }) : well(asked, response)),
      /without outputs/,
    ],
    [
      'no JSON',
      (asked, response) => (asked.path.endsWith('/infer') ? void response.end('<html>') : well(asked, response)),
      /what is no JSON/,
    ],
  ])('%s: a sentence', async (_, answer, message) => {
    const session = await open(answer);
    await expect(session.run({ x })).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  test('an address that is no such server is told', async () => {
    await expect(open((_, response) => sendJson(response, { hello: 'world' }))).rejects.toMatchObject({
      message: expect.stringContaining('no metadata of a KServe v2 server: {"hello":"world"}'),
      hint: expect.stringContaining('port 8000'),
    });
  });
});
