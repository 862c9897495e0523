import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saveDocument } from '../../../electron/backend/documents/save.ts';

test('a full disk on save leaves the former file and says what to do', async (context) => {
  const disk = await mkdtemp(join(tmpdir(), 'patchbay-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  try {
    if (!mounted) return context.skip('a small disk cannot be mounted by this user');
    const path = join(disk, 'graph.json');
    await writeFile(path, 'former');
    await expect(saveDocument(path, 'x'.repeat(1_000_000))).rejects.toMatchObject({
      message: `"${path}" was not saved: the disk is full.`,
      hint: expect.stringContaining('free some space'),
    });
    expect(await readFile(path, 'utf8')).toBe('former');
    expect(await readdir(disk)).toEqual(['graph.json']);
  } finally {
    if (mounted) spawnSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  }
});
