import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

function open(path: string) {
  const account = new Account(new AbortController().signal, 'cpu', false, () => {});
  return accounts.run(account, () => new SessionPool(1e9).file(path));
}

test('a corrupt .onnx', async () => {
  const path = join(folder, 'broken.onnx');
  await writeFile(path, 'these are not the bytes of a model');
  await expect(open(path)).rejects.toThrow(/broken\.onnx is not a model that ONNX Runtime can load/);
});

describe('an encoder of others', () => {
  let path: string;
  let data: string;
  beforeEach(async () => {
    const made = await mkdtemp(join(folder, 'export-'));
    await writeVisionExport(made, VISION_EXPORTS.llava);
    path = join(made, 'onnx', 'vision_encoder.onnx');
    data = `${path}_data`;
  });

  async function change(edit: (model: ModelProto) => void): Promise<void> {
    const model = fromBinary(ModelProtoSchema, await readFile(path));
    edit(model);
    await writeFile(path, toBinary(ModelProtoSchema, model));
  }

  /** One sentence, without places in the code of ONNX Runtime, and what to do. */
  async function refusal(): Promise<string> {
    const error = await open(path).then(
      () => undefined,
      (reason: Error & { hint?: string }) => reason,
    );
    expect(error?.hint).toBeTruthy();
    expect(error?.message).not.toMatch(/::|std|\.cc/);
    return error?.message ?? '';
  }

  test('of an operator or an opset that nobody knows', async () => {
    await change(({ graph }) => {
      const [node] = graph?.node.slice(-1) ?? [];
      if (node) node.opType = 'Teleport';
    });
    expect(await refusal()).toBe('vision_encoder.onnx has the operator Teleport, which ONNX Runtime does not know.');
    await change((model) => {
      for (const each of model.opsetImport) each.version = 99n;
    });
    expect(await refusal()).toBe('vision_encoder.onnx is of opset 99, which ONNX Runtime does not know yet.');
  });

  test('whose weights are short, or not there', async () => {
    await truncate(data, 100);
    expect(await refusal()).toBe('vision_encoder.onnx has a weight file that is too short: it is not whole.');
    await rm(data);
    expect(await refusal()).toBe(
      'vision_encoder.onnx needs the weight file vision_encoder.onnx_data, which is not beside it.',
    );
  });

  test.each(['../../secret.bin', '/etc/passwd'])(
    'that wants its weights from %s, where it would find some',
    async (outside) => {
      await copyFile(data, join(path, '../../../secret.bin'));
      await change(({ graph }) => {
        for (const { externalData } of graph?.initializer ?? [])
          for (const entry of externalData) if (entry.key === 'location') entry.value = outside;
      });
      expect(await refusal()).toBe('vision_encoder.onnx wants weights from outside its folder: they are not read.');
    },
  );
});

test('a missing .onnx', async () => {
  await expect(open(join(folder, 'gone.onnx'))).rejects.toThrow(/There is no model at .*gone\.onnx/);
});
