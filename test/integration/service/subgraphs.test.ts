import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, expect, test } from 'vitest';
import { listBackups } from '../../../electron/backend/documents/backups.ts';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import type { RunResult } from '../../../electron/backend/executor/events.ts';
import { createService } from '../../../electron/backend/service.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { portsOf } from '../../../renderer/store/library.ts';
import { collapse } from '../../../renderer/store/subgraphs.ts';
import { dataFolder } from '../../helpers/data-folder.ts';

const home = dataFolder();
const engine = new EngineProcess('dist/electron/engine.js');
const client = createRouterClient(createService(engine, { kind: 'browser' }));
afterAll(() => engine.close());

async function run(document: GraphDocument, to?: string[]): Promise<RunResult> {
  for await (const event of await client.run.start({ text: format(document), ...(to && { to }) }))
    if (event.type === 'run-done') return event.result;
  throw new Error('the run ended without a result');
}

function collapsed(document: GraphDocument, ids: readonly string[], title: string): GraphDocument {
  const outputsOf = (id: string) => Object.keys(portsOf(document.nodes[id] ?? { kind: '' }).outputs);
  const result = collapse(document, new Set(ids), title, outputsOf);
  if (typeof result === 'string') throw new Error(result);
  return result[0];
}

test('a graph with its nodes in subgraphs gives the same answer, and reuses what the flat one ran', async () => {
  const flat = parse(await readFile('graphs/examples/start.json', 'utf8'));
  const first = await run(flat);
  expect(first.status).toBe('finished');
  const once = collapsed(flat, ['encoder', 'connector'], 'Seeing');
  const twice = collapsed(once, ['seeing', 'llm'], 'Answering');
  const second = await run(twice);
  const inner = {
    'answering/seeing/encoder': 'encoder',
    'answering/seeing/connector': 'connector',
    'answering/llm': 'llm',
  };
  expect(Object.keys(second.nodes).sort()).toEqual([...Object.keys(inner), 'photo', 'question'].sort());
  for (const [within, id] of Object.entries({ ...inner, photo: 'photo', question: 'question' })) {
    expect(second.nodes[within]).toMatchObject({ status: 'reused', kind: first.nodes[id]?.kind });
    expect(second.nodes[within]?.outputs).toEqual(first.nodes[id]?.outputs);
  }

  const part = await run(twice, ['answering/seeing']);
  expect(Object.keys(part.nodes)).toEqual(['photo', 'answering/seeing/encoder', 'answering/seeing/connector']);

  const [check, whole] = await Promise.all([twice, flat].map((each) => client.graph.check({ text: format(each) })));
  expect(check?.total).toEqual(whole?.total);
  expect(check?.nodes['answering/seeing']).toMatchObject({
    outputs: { embeddings: whole?.nodes.connector?.outputs.embeddings },
    cost: {
      parameters: (whole?.nodes.encoder?.cost?.parameters ?? 0) + (whole?.nodes.connector?.cost?.parameters ?? 0),
    },
  });
});

test('the library keeps subgraphs by name, the former beside it, and takes no other path', async () => {
  const kept = (title: string) => format({ schemaVersion: 1, title, nodes: { eye: { kind: 'image' } } });
  expect(await client.library.list()).toEqual([]);
  expect(await client.library.save({ name: 'eye', text: kept('Eye') })).toEqual({ replaced: false });
  expect(await client.library.save({ name: 'eye', text: kept('Eye, better') })).toEqual({ replaced: true });
  await writeFile(join(home, 'library', 'broken.json'), '{');
  expect(await client.library.list()).toEqual([
    { name: 'eye', title: 'Eye, better', description: '', text: kept('Eye, better') },
  ]);
  expect((await listBackups(join(home, 'library', 'eye.json'))).map(({ text }) => text)).toEqual([kept('Eye')]);
  for (const name of ['../eye', 'a/b', ''])
    await expect(client.library.save({ name, text: kept('x') })).rejects.toThrow('not a name for the library');
  await expect(client.library.remove({ name: '../library/eye' })).rejects.toThrow('not a name');
  await client.library.remove({ name: 'eye' });
  expect(await client.library.list()).toEqual([]);
  expect(await readdir(join(home, 'library'))).not.toContain('eye.json');
});
