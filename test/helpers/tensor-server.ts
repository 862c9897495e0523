import { type Answer, type Asked, sendJson } from './model-server.ts';

const LENGTH = 'Inference-Header-Content-Length';

/** Models of a Triton that a test stands in for: an encoder of 4 × 4 patches and a model that doubles. */
const MODELS: Readonly<Record<string, object>> = {
  encoder: {
    name: 'encoder',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'pixel_values', datatype: 'FP32', shape: [-1, 3, 32, 32] }],
    outputs: [
      { name: 'pooler_output', datatype: 'FP32', shape: [-1, 8] },
      { name: 'last_hidden_state', datatype: 'FP32', shape: [-1, 17, 8] },
    ],
  },
  twice: {
    name: 'twice',
    platform: 'python',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3, 4, 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3, 4, 4] }],
  },
};

interface Tensors {
  readonly inputs: readonly {
    name: string;
    datatype: string;
    shape: number[];
    data?: number[];
    parameters?: { binary_data_size: number };
  }[];
  readonly outputs: readonly { name: string }[];
}

/** What was sent for inference, its tensors read out of the bytes. */
export function inferred({ headers, body }: Asked): { readonly json: Tensors; readonly values: Float32Array } {
  const header = headers[LENGTH.toLowerCase()];
  const length = header === undefined ? body.byteLength : Number(header);
  const json: Tensors = JSON.parse(body.subarray(0, length).toString());
  const raw = body.subarray(length);
  const values =
    header === undefined
      ? Float32Array.from(json.inputs[0]?.data ?? [])
      : new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  return { json, values };
}

/** Speaks KServe v2 as Triton does; `binary: false` as a server without that extension. */
export function tensorServer({ binary = true } = {}): Answer {
  return (asked, response) => {
    const [, , ...path] = asked.path.split('/');
    if (asked.path === '/v2')
      return sendJson(response, {
        name: 'triton',
        version: '2.51.0',
        extensions: binary ? ['binary_tensor_data'] : [],
      });
    if (path.join('/') === 'repository/index')
      return sendJson(response, [
        ...Object.keys(MODELS).map((name) => ({ name, state: 'READY' })),
        { name: 'old', state: 'UNAVAILABLE' },
      ]);
    const model = MODELS[path[1] ?? ''];
    if (!model) return sendJson(response, { error: `Request for unknown model: '${path[1]}' is not found` }, 404);
    if (path[2] !== 'infer') return sendJson(response, model);
    const { json, values } = inferred(asked);
    const count = json.inputs[0]?.shape[0] ?? 1;
    const made =
      path[1] === 'twice'
        ? { y: { shape: json.inputs[0]?.shape ?? [], data: values.map((x) => 2 * x) } }
        : {
            last_hidden_state: { shape: [count, 17, 8], data: new Float32Array(count * 17 * 8).map((_, i) => i) },
            pooler_output: { shape: [count, 8], data: new Float32Array(count * 8).fill(0.5) },
          };
    const outputs = json.outputs.map(({ name }) => {
      const { shape, data } = made[name as keyof typeof made] as { shape: number[]; data: Float32Array };
      return { head: { name, datatype: 'FP32', shape }, data };
    });
    if (!binary)
      return sendJson(response, {
        model_name: path[1],
        outputs: outputs.map(({ head, data }) => ({ ...head, data: [...data] })),
      });
    const head = Buffer.from(
      JSON.stringify({
        outputs: outputs.map(({ head: each, data }) => ({
          ...each,
          parameters: { binary_data_size: data.byteLength },
        })),
      }),
    );
    response
      .writeHead(200, { 'Content-Type': 'application/octet-stream', [LENGTH]: String(head.byteLength) })
      .end(Buffer.concat([head, ...outputs.map(({ data }) => Buffer.from(data.buffer))]));
  };
}
