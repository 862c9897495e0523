import { z } from 'zod';
import { defineNode } from '../definition.ts';
import { filePorts, shapeText } from '../file-ports.ts';
import type { InputPort, OutputPort } from '../ports.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  file: z.string().default('').meta({
    title: 'File',
    description: 'An .onnx file, its path absolute or from the graph on; or endpoint:<name>/<model> of a KServe server',
    control: 'file',
  }),
  normalise: z
    .enum(['clip', 'imagenet', 'minus-one-to-one', 'zero-to-one', 'zero-to-255'])
    .default('imagenet')
    .meta({ title: 'Normalise', description: 'How the pixels of a wired picture become numbers' }),
  size: z
    .int()
    .min(0)
    .max(8192)
    .default(0)
    .meta({ title: 'Picture side', unit: 'px', description: "0: the size that the model's input states" }),
  layout: z
    .enum(['auto', 'NCHW', 'NHWC'])
    .default('auto')
    .meta({ title: 'Layout', description: 'auto: where the model states 3 channels', advanced: true }),
});

export const definition = defineNode({
  kind: 'onnx-model',
  version: 1,
  title: 'ONNX model',
  category: 'Other',
  doc: "Runs any .onnx file, or a model of a server that speaks KServe v2 (Triton). Its ports are the file's own inputs and outputs with their data type and shape. A picture wired to an input is resized, normalised and laid out as that input states; features and embeddings enter as plain tensors.",
  sources: [
    {
      title: 'ONNX, open standard for machine learning interoperability',
      url: 'https://onnx.ai/onnx/repo-docs/IR.html',
    },
  ],
  params,
  modelFile: 'file',
  ports(_params, facts) {
    const ports = filePorts(facts);
    if (!ports) return { inputs: {}, outputs: {}, open: true };
    return {
      inputs: Object.fromEntries(
        ports.inputs.map((input): [string, InputPort] => [
          input.name,
          { type: ['tensor', 'image'], doc: shapeText(input) },
        ]),
      ),
      outputs: Object.fromEntries(
        ports.outputs.map((output): [string, OutputPort] => [output.name, { type: 'tensor', doc: shapeText(output) }]),
      ),
    };
  },
  shapes({ facts }) {
    const outputs = filePorts(facts)?.outputs ?? [];
    return Object.fromEntries(outputs.map(({ name, dims }): [string, ValueSpec] => [name, { type: 'tensor', dims }]));
  },
});
