import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, expect, test, vi } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { createService } from '../../../electron/backend/service.ts';
import { format } from '../../../graphs/format.ts';
import { dataFolder } from '../../helpers/data-folder.ts';

const home = dataFolder();
/** Two backends over one data folder, as two windows that were started apart have them. */
const engine = new EngineProcess('dist/electron/engine.js');
const start = () => createRouterClient(createService(engine, { kind: 'browser' }));
const [one, other] = [start(), start()];
afterAll(() => engine.close());

const graph = (title: string) => format({ schemaVersion: 1, title, nodes: {} });

test('a draft is offered in no window while one shows it, in every window once that is gone', async () => {
  const id = randomUUID();
  const closed = new AbortController();
  const held = (await one.drafts.hold({ id }, { signal: closed.signal }))[Symbol.asyncIterator]();
  await held.next();
  await one.drafts.keep({ id, title: 'Mine', base: graph('Before'), text: graph('Mine') });
  expect([await one.drafts.list(), await other.drafts.list()]).toEqual([[], []]);
  closed.abort();
  await held.next().catch(() => {});
  for (const window of [one, other]) {
    await vi.waitUntil(async () => (await window.drafts.list()).length === 1);
    expect(await window.drafts.list()).toMatchObject([
      { id, title: 'Mine', base: graph('Before'), text: graph('Mine') },
    ]);
  }
  await other.drafts.discard({ id });
  expect(await one.drafts.list()).toEqual([]);
});

test('a file that was not opened, or was changed since, or is open in another window, is not written over unasked', async () => {
  const path = join(home, 'graph.json');
  await writeFile(path, graph('Theirs'));
  expect(await one.documents.save({ path, text: graph('Mine') })).toEqual({
    conflict: 'exists',
    text: graph('Theirs'),
  });

  const { mark } = await one.documents.open({ path });
  await writeFile(path, graph('Theirs, later'));
  expect(await one.documents.save({ path, text: graph('Mine'), known: mark })).toEqual({
    conflict: 'changed',
    text: graph('Theirs, later'),
  });
  expect(await readFile(path, 'utf8')).toBe(graph('Theirs, later'));

  const closed = new AbortController();
  const held = (await other.drafts.hold({ id: randomUUID(), path }, { signal: closed.signal }))[Symbol.asyncIterator]();
  await held.next();
  const later = await one.documents.open({ path });
  expect(await one.documents.save({ path, text: graph('Mine'), known: later.mark })).toMatchObject({
    conflict: 'open',
  });
  closed.abort();
  await held.next().catch(() => {});
  await vi.waitUntil(async () => {
    const outcome = await one.documents.save({ path, text: graph('Mine'), known: later.mark });
    return 'mark' in outcome;
  });
  expect(await readFile(path, 'utf8')).toBe(graph('Mine'));
  expect(await one.documents.backups({ path })).toMatchObject([{ text: graph('Theirs, later') }]);
});

test('what the person agreed to is written, and known from then on', async () => {
  const path = join(home, 'agreed.json');
  await writeFile(path, 'no graph');
  expect(await one.documents.save({ path, text: graph('Mine') })).toEqual({ conflict: 'exists', text: undefined });
  const saved = await one.documents.save({ path, text: graph('Mine'), agreed: ['exists', 'changed', 'open'] });
  if (!('mark' in saved)) throw new Error('it was not saved');
  expect(await one.documents.save({ path, text: graph('Mine, later'), known: saved.mark })).toMatchObject({ path });
});
