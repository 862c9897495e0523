import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../../electron/backend/executor/events.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';
import { patchbay } from '../../helpers/patchbay.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-imports-'));
});
afterAll(() => rm(home, { recursive: true }));

const FILES = [
  ...['config.json', 'generation_config.json', 'preprocessor_config.json', 'processor_config.json'],
  ...['tokenizer.json', 'tokenizer_config.json'],
  ...['vision_encoder.onnx', 'vision_encoder.onnx_data', 'embed_tokens.onnx'].map((name) => `onnx/${name}`),
  ...['onnx/decoder_model_merged.onnx', 'onnx/decoder_model_merged.onnx_data'],
];

/** As tools of the Hub keep a model: every file a link to a blob that its hash names. */
async function inHubCache(folder: string): Promise<void> {
  const repo = join(home, 'hub', 'models--maker--small-vlm');
  const snapshot = join(repo, 'snapshots', COMMIT);
  await mkdir(join(repo, 'blobs'), { recursive: true });
  await mkdir(join(repo, 'refs'), { recursive: true });
  await mkdir(join(snapshot, 'onnx'), { recursive: true });
  await writeFile(join(repo, 'refs', 'main'), COMMIT);
  for (const path of FILES) {
    const hash = createHash('sha256')
      .update(await readFile(join(folder, path)))
      .digest('hex');
    await rename(join(folder, path), join(repo, 'blobs', hash));
    const place = join(snapshot, path);
    await symlink(relative(join(place, '..'), join(repo, 'blobs', hash)), place);
  }
}

test('from a model in the cache of the Hub to a graph that answers', async () => {
  const written = join(home, 'written');
  await writeVisionExport(written, VISION_EXPORTS.smolvlm);
  await inHubCache(written);
  const env = { HF_HOME: home, HF_HUB_CACHE: '', PATCHBAY_HOME: join(home, 'patchbay') };
  const graph = join(home, 'graph.json');
  const made = await patchbay(['models', 'graph', 'maker/small-vlm', '--out', graph], { env });
  expect(made.stderr).toBe('');
  expect(made.code).toBe(0);
  const document = JSON.parse(await readFile(graph, 'utf8'));
  expect(document.nodes.llm).toMatchObject({
    params: { model: 'hf:maker/small-vlm' },
    inputs: { prompt: 'question.text', visual: ['encoder.embeddings'] },
  });
  expect((await patchbay(['validate', graph], { env })).stdout).toContain('ok');

  const ran = await patchbay(['run', graph, '--json', '--set', 'llm.maxTokens=12'], { env });
  expect(ran.stderr).toBe('');
  const result: RunResult = JSON.parse(ran.stdout);
  expect(result.status).toBe('finished');
  const { encoder, llm } = result.nodes;
  expect(encoder?.outputs?.embeddings).toMatchObject({ type: 'embeddings', tokens: 4, width: 64 });
  expect(llm?.tokens?.visual).toBe(encoder?.tokens?.visual);
  expect(llm?.outputs?.answer).toMatchObject({ type: 'answer' });
  expect(llm?.rate?.tokensPerSecond).toBeGreaterThan(0);
});
