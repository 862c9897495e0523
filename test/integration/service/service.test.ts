import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { createService } from '../../../electron/backend/service.ts';
import { parse } from '../../../graphs/format.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { follow } from '../../helpers/follow.ts';

const folder = dataFolder();
const engine = new EngineProcess('dist/electron/engine.js');
const client = createRouterClient(createService(engine, { kind: 'browser' }));
afterAll(() => engine.close());

const graph = (nodes: unknown) => JSON.stringify({ schemaVersion: 1, title: 'test', nodes });
const tiled = graph({
  photo: { kind: 'image', params: { source: 'example:shapes' } },
  tiles: { kind: 'tiler', inputs: { image: 'photo.image' } },
});

test('a check knows the size of a picture and what flows on, without running', async () => {
  const { problems, nodes } = await client.graph.check({ text: tiled });
  expect(problems).toEqual([]);
  const photo = nodes.photo?.outputs.image;
  expect(photo).toMatchObject({ type: 'image', count: 1 });
  expect(photo?.type === 'image' && photo.width).toBeGreaterThan(1);
  expect(nodes.tiles?.outputs.image).toMatchObject({ type: 'image', tiling: { thumbnail: expect.any(Boolean) } });
});

test('a check reports a picture that is not there on its node and every problem of the document', async () => {
  const text = graph({
    photo: { kind: 'image', params: { source: 'none.png' } },
    tiles: { kind: 'tiler', inputs: { image: 'nobody.image' } },
  });
  const { problems, nodes } = await client.graph.check({ text });
  expect(problems.map(({ path }) => path)).toEqual(['nodes.tiles.inputs.image']);
  expect(nodes.photo?.error).toContain('none.png');
});

test('an engine that does not start is said once for the graph, on no node', async () => {
  const broken = new EngineProcess('dist/electron/not-there.js');
  const alone = createRouterClient(createService(broken, { kind: 'browser' }));
  const { engine: said, nodes, problems } = await alone.graph.check({ text: tiled });
  expect(said?.message).toBe('The engine process exited with code 1.');
  expect(said?.hint).toContain('not-there.js');
  expect(Object.values(nodes).filter(({ error }) => error !== undefined)).toEqual([]);
  expect(problems).toEqual([]);
});

test('a node that alone loses the engine carries it itself: its file may be why', async () => {
  const broken = new EngineProcess('dist/electron/not-there.js');
  const alone = createRouterClient(createService(broken, { kind: 'browser' }));
  const check = await alone.graph.check({ text: graph({ photo: { kind: 'image' } }) });
  expect(check.engine).toBeUndefined();
  expect(check.nodes.photo?.error).toContain('The engine process');
});

test('a text that is no document is a problem of the check, and an error of a run', async () => {
  expect((await client.graph.check({ text: '{' })).problems).toHaveLength(1);
  await expect(client.run.start({ text: '{' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('a run streams events from start to result; a rerun reuses', async () => {
  const first = await eventsOf(tiled);
  expect(first[0]).toMatchObject({ type: 'run-started', order: ['photo', 'tiles'] });
  expect(first.at(-1)).toMatchObject({ type: 'run-done', result: { status: 'finished' } });
  const again = (await eventsOf(tiled)).at(-1);
  expect(again?.type === 'run-done' && again.result.nodes.tiles?.status).toBe('reused');
});

const eventsOf = (text: string) => follow(client.run.start({ text }));

test('what is saved is canonical, opens again, and stands in its folder', async () => {
  const path = join(folder, 'new folder', 'graph.json');
  await client.documents.save({ path, text: tiled });
  const { text } = await client.documents.open({ path });
  expect(text).toBe(await readFile(path, 'utf8'));
  // The example's picture is the default: it is left out of the file.
  expect(parse(text).nodes).toEqual({
    photo: { kind: 'image' },
    tiles: { kind: 'tiler', inputs: { image: 'photo.image' } },
  });
  const list = await client.documents.list({ folder: join(folder, 'new folder') });
  expect(list).toMatchObject({ parent: folder, entries: [{ name: 'graph.json', path, folder: false }] });
});

test('a picture that was added is kept under its content and can be shown; other files are refused', async () => {
  const bytes = await readFile('graphs/examples/pictures/shapes.png');
  const { source } = await client.pictures.add({ name: 'mine.png', file: new Blob([new Uint8Array(bytes)]) });
  expect(source).toMatch(/^picture:[0-9a-f]{16}\.png$/);
  expect(await client.pictures.add({ name: 'again.png', file: new Blob([new Uint8Array(bytes)]) })).toEqual({
    source,
  });
  expect((await client.pictures.thumbnail({ source, size: 64 })).url).toMatch(/^data:image\/webp/);
  await expect(client.pictures.add({ name: 'text.png', file: new Blob(['no picture']) })).rejects.toThrow(
    /"text\.png" is not a picture/,
  );
});

test('native dialogs are refused where the host has none', async () => {
  await expect(client.documents.pickOpen()).rejects.toThrow('no native dialogs');
});
