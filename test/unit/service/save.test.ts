import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listBackups } from '../../../electron/backend/documents/backups.ts';
import { removeLeftovers, replaceFile, saveDocument } from '../../../electron/backend/documents/save.ts';
import { format, parse } from '../../../graphs/format.ts';

let folder: string;
let home: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-save-'));
  home = await mkdtemp(join(tmpdir(), 'patchbay-home-'));
  vi.stubEnv('PATCHBAY_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const made of [folder, home]) await rm(made, { recursive: true, force: true });
});

const graph = (title: string) => format({ schemaVersion: 1, title, nodes: {} });

test('a first save writes the file and nothing else', async () => {
  await saveDocument(join(folder, 'a.json'), 'one');
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('the last five versions are kept, the latest first, outside the folder; a file keeps its permissions', async () => {
  const path = join(folder, 'a.json');
  await writeFile(path, graph('Version 0'), { mode: 0o600 });
  for (let version = 1; version <= 7; version++) {
    // A version is named by the millisecond it was written in.
    await utimes(path, version, version);
    await saveDocument(path, graph(`Version ${version}`));
  }
  const backups = await listBackups(path);
  expect(backups.map(({ text }) => parse(text).title)).toEqual([6, 5, 4, 3, 2].map((version) => `Version ${version}`));
  expect(backups.map(({ at }) => new Date(at).getTime())).toEqual([7000, 6000, 5000, 4000, 3000]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('saving what is there already takes no backup', async () => {
  const path = join(folder, 'a.json');
  for (const title of ['one', 'two', 'two', 'two']) await saveDocument(path, graph(title));
  expect((await listBackups(path)).map(({ text }) => parse(text).title)).toEqual(['one']);
});

test('where no backup can be kept, the newer work is saved all the same', async () => {
  await writeFile(join(home, 'backups'), 'a file where a folder belongs');
  const path = join(folder, 'a.json');
  for (const title of ['one', 'two']) await saveDocument(path, graph(title));
  expect(await readFile(path, 'utf8')).toBe(graph('two'));
});

test('what a killed process left of a save is removed, what a running one writes is not', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const left = `.a.json.${pid}-0123456789ab.tmp`;
  const written = `.a.json.${process.ppid}-0123456789ab.tmp`;
  for (const name of [left, written, '.mine.tmp']) await writeFile(join(folder, name), '{"half');
  await removeLeftovers(folder);
  expect((await readdir(folder)).sort()).toEqual([written, '.mine.tmp'].sort());
  await replaceFile(join(folder, 'b.json'), 'x');
  await utimes(join(folder, written), 1, 1);
  await saveDocument(join(folder, 'a.json'), graph('one'));
  expect((await readdir(folder)).sort()).toEqual(['.mine.tmp', 'a.json', 'b.json'].sort());
});

test('a link stays a link: the file it points to is replaced', async () => {
  await writeFile(join(folder, 'real.json'), 'one');
  await symlink(join(folder, 'real.json'), join(folder, 'link.json'));
  await saveDocument(join(folder, 'link.json'), 'two');
  expect(await readFile(join(folder, 'real.json'), 'utf8')).toBe('two');
});

test('where the file cannot be replaced, the reason is one sentence and no temporary file stays', async () => {
  await mkdir(join(folder, 'taken.json', 'full'), { recursive: true });
  await expect(saveDocument(join(folder, 'taken.json'), 'x')).rejects.toThrow(
    /taken\.json" was not saved: it is a folder/,
  );
  expect(await readdir(folder)).toEqual(['taken.json']);
  await expect(saveDocument(join(folder, 'nowhere', 'a.json'), 'x')).rejects.toThrow(/no such file or folder/);
});
