import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { definition } from '../../../nodes/llm/definition.ts';
import { run } from '../../../nodes/llm/run.ts';
import type { AnswerValue } from '../../../nodes/values.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';

let root: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-bad-'));
  await writeTextExport(join(root, 'text'));
  await writeVisionExport(join(root, 'vision'), VISION_EXPORTS.smolvlm);
});
beforeEach(() => {
  folder = join(root, `case-${count++}`);
});
afterAll(() => rm(root, { recursive: true }));

const start = (from: 'text' | 'vision') => cp(join(root, from), folder, { recursive: true });
const MODEL = 'onnx/model.onnx';

async function answer(): Promise<AnswerValue> {
  const { result } = await asNode(['answer'], (context) =>
    run(context, definition.params.parse({ model: `file:${folder}`, maxTokens: 4 }), {
      prompt: [{ type: 'text', text: 'Why?' }],
    }),
  );
  return result.answer as AnswerValue;
}

/** The one sentence that a person reads, and what it says to do. */
async function refusal(): Promise<string> {
  const error = await answer().then(
    () => undefined,
    (reason: Error & { hint?: string }) => reason,
  );
  if (!error?.hint) throw new Error(`expected a sentence with a hint, found ${error?.message}`);
  expect(error.message.match(/\. [A-Z]/g) ?? []).toHaveLength(0);
  return error.message.replaceAll(folder, 'FOLDER');
}

async function change(path: string, edit: (model: ModelProto) => void): Promise<void> {
  const model = fromBinary(ModelProtoSchema, await readFile(join(folder, path)));
  edit(model);
  await writeFile(join(folder, path), toBinary(ModelProtoSchema, model));
}

async function changeJson(path: string, change: Record<string, unknown>): Promise<void> {
  const json = JSON.parse(await readFile(join(folder, path), 'utf8'));
  await writeFile(join(folder, path), JSON.stringify({ ...json, ...change }));
}

test('no folder, an empty one, one without the decoder', async () => {
  expect(await refusal()).toMatch(/There is no folder FOLDER/);
  await start('vision');
  await rm(join(folder, 'onnx/decoder_model_merged.onnx'));
  expect(await refusal()).toMatch(/has no decoder: it holds onnx\/embed_tokens.onnx, onnx\/vision_encoder.onnx/);
  await rm(join(folder, 'onnx'), { recursive: true });
  expect(await refusal()).toMatch(/has no \.onnx file/);
});

test('a decoder without its table of embeddings, without a tokenizer, with half a JSON', async () => {
  await start('vision');
  await rm(join(folder, 'onnx/embed_tokens.onnx'));
  expect(await refusal()).toMatch(/takes embeddings, and the model that makes them of text is not there/);
  await rm(folder, { recursive: true });
  await start('text');
  await rm(join(folder, 'tokenizer.json'));
  expect(await refusal()).toMatch(/has no tokenizer\.json/);
  await writeFile(join(folder, 'config.json'), '{"model_type": "lla');
  expect(await refusal()).toMatch(/config\.json of file:FOLDER is no JSON/);
});

test('a config that lies about layers', async () => {
  await start('text');
  await changeJson('config.json', { num_hidden_layers: 30 });
  expect(await refusal()).toMatch(/says 30 layers, but onnx\/model\.onnx has a cache for 3/);
});

test('weights that are missing, short, or outside the folder', async () => {
  await start('text');
  await truncate(join(folder, `${MODEL}_data`), 1000);
  expect(await refusal()).toMatch(/onnx\/model\.onnx_data of file:FOLDER has 1000 bytes, but .* it is not whole/);
  await rm(join(folder, `${MODEL}_data`));
  expect(await refusal()).toMatch(/needs the weight file onnx\/model\.onnx_data, which is not there/);
  for (const outside of ['../../secret.bin', '/etc/passwd', 'C:\\secret.bin']) {
    await change(MODEL, ({ graph }) => {
      for (const { externalData } of graph?.initializer ?? [])
        for (const entry of externalData) if (entry.key === 'location') entry.value = outside;
    });
    expect(await refusal()).toMatch(/wants weights from ".*", which is outside its folder: they are not read/);
  }
});

test('a file that is no model, an operator and an opset that nobody knows', async () => {
  await start('text');
  await change(MODEL, ({ graph }) => {
    const [node] = graph?.node.slice(-1) ?? [];
    if (node) node.opType = 'Teleport';
  });
  expect(await refusal()).toMatch(/Teleport/);
  await change(MODEL, (model) => {
    for (const each of model.opsetImport) each.version = 99n;
  });
  expect(await refusal()).toMatch(/opset 99/);
  await writeFile(join(folder, MODEL), 'these are not the bytes of a model');
  expect(await refusal()).toMatch(/onnx\/model\.onnx of file:FOLDER cannot be read as an ONNX model/);
});

test('a decoder that takes what nothing gives it, or is of an opset of old', async () => {
  await start('text');
  await change(MODEL, (model) => {
    for (const each of model.opsetImport) if (each.domain === '') each.version = 10n;
  });
  expect(await refusal()).toMatch(/cannot write here: it is of opset 10, before 11/);
  await change(MODEL, ({ graph }) => {
    const [mask] = graph?.input.filter(({ name }) => name === 'attention_mask') ?? [];
    if (mask) mask.name = 'speaker';
  });
  expect(await refusal()).toMatch(/cannot write here: it takes "speaker"/);
});

test('without a chat template the question stands as it is, and the answer says so', async () => {
  await start('text');
  await changeJson('tokenizer_config.json', { chat_template: undefined });
  expect(await answer()).toMatchObject({ caveat: 'without a chat template', tokens: { prompt: 4 } });
});

test('a chat template that is broken', async () => {
  await start('text');
  await changeJson('tokenizer_config.json', { chat_template: '{% for message in %}' });
  expect(await refusal()).toMatch(/The chat template of file:FOLDER cannot be used/);
});
