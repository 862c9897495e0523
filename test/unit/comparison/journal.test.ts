import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cell } from '../../../electron/backend/comparison/cells.ts';
import { journaled } from '../../../electron/backend/comparison/journal.ts';
import type { Setup } from '../../../electron/backend/comparison/setup.ts';
import { Journal } from '../../../electron/backend/measuring/journal.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-journal-'));
  path = join(folder, 'out.json.journal');
});
afterEach(() => rm(folder, { recursive: true }));

const node = { kind: 'prompt', params: { text: 'x' } };
const setup = (changes: Partial<Setup> = {}): Setup => ({
  variants: ['a', 'b'].map((graph) => ({ graph, folder, document: { schemaVersion: 1, title: 't', nodes: { node } } })),
  blind: true,
  repeat: 3,
  seed: 0,
  ...changes,
});
const cell = (round: number): Cell => ({ variant: 0, item: 0, round, judged: { kind: 'counting', right: true } });

async function written(...cells: readonly Cell[]): Promise<void> {
  const journal = await Journal.start(path, journaled(setup()));
  for (const one of cells) await journal.add(one);
  await journal.close();
}

test('goes on with the cells that it holds, over and over', async () => {
  await written(cell(0), cell(1));
  const again = await Journal.resume(path, journaled(setup()));
  expect(again.cells).toEqual([cell(0), cell(1)]);
  await again.add(cell(2));
  await again.close();
  const last = await Journal.resume(path, journaled(setup()));
  expect(last.cells).toEqual([cell(0), cell(1), cell(2)]);
  await last.close();
  await last.remove();
  await expect(stat(path)).rejects.toThrow('ENOENT');
});

test.each(['{"variant":0,"item":0,"rou', '{"variant":0,"item":0,"round":2}'])(
  'a line that the process died over is as if it were not there: %s',
  async (torn) => {
    await written(cell(0), cell(1));
    const whole = await readFile(path, 'utf8');
    await appendFile(path, torn);
    const journal = await Journal.resume(path, journaled(setup()));
    expect(journal.cells).toEqual([cell(0), cell(1)]);
    await journal.add(cell(2));
    await journal.close();
    expect(await readFile(path, 'utf8')).toBe(`${whole}${JSON.stringify(cell(2))}\n`);
  },
);

test('none is begun over another, none is gone on with where there is none', async () => {
  await expect(Journal.resume(path, journaled(setup()))).rejects.toThrow('Nothing was stopped');
  await written(cell(0));
  await expect(Journal.start(path, journaled(setup()))).rejects.toThrow('a comparison was stopped');
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3);
});

test('another comparison does not go on with it, and what is not the same is named', async () => {
  await written(cell(0));
  const [a, b] = setup().variants as [Setup['variants'][number], Setup['variants'][number]];
  const changed = { ...b, document: { ...b.document, nodes: { node: { ...node, params: { text: 'y' } } } } };
  for (const [changes, name] of [
    [{ repeat: 4 }, /repeat is not/],
    [{ seed: 1, repeat: 4 }, /seed, repeat are not/],
    [{ variants: [b, a] }, /graphs is not/],
    [{ variants: [a, changed] }, /graphs is not/],
  ] as const)
    await expect(Journal.resume(path, journaled(setup(changes)))).rejects.toThrow(name);
  const moved = { ...b, document: { ...b.document, layout: { node: [1, 2] as [number, number] } } };
  const journal = await Journal.resume(path, journaled(setup({ variants: [a, moved] })));
  expect(journal.cells).toHaveLength(1);
  await journal.close();
});

test('a file of something else is refused, and left as it is', async () => {
  await appendFile(path, 'one\ntwo\n');
  await expect(Journal.resume(path, journaled(setup()))).rejects.toThrow('line 1 cannot be read');
  await rm(path);
  await written(cell(0));
  await appendFile(path, '{"variant":-1}\n');
  await expect(Journal.resume(path, journaled(setup()))).rejects.toThrow('line 3 cannot be read');
  expect(await readFile(path, 'utf8')).toContain('-1');
});
