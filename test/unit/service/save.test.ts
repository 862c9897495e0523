import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveDocument } from '../../../electron/backend/documents/save.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-save-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a first save writes the file and nothing else', async () => {
  await saveDocument(join(folder, 'a.json'), 'one');
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('a later save keeps the former as a backup, and its permissions', async () => {
  const path = join(folder, 'a.json');
  await writeFile(path, 'one', { mode: 0o600 });
  await saveDocument(path, 'two');
  await saveDocument(path, 'three');
  expect(await readFile(path, 'utf8')).toBe('three');
  expect(await readFile(`${path}.bak`, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).sort()).toEqual(['a.json', 'a.json.bak']);
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
