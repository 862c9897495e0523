import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '../../../electron/backend/contract.ts';
import { listBackups } from '../../../electron/backend/documents/backups.ts';
import { Drafts } from '../../../electron/backend/documents/drafts.ts';
import { removeLeftovers } from '../../../electron/backend/documents/save.ts';
import { format, parse } from '../../../graphs/format.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { buildEngine } from '../engine/build.ts';
import { numbered } from './numbered.ts';

const KILLS = 200;
/** Processes at a time, each with a document of its own. */
const EDITORS = 4;
const LONGEST_LIFE_MS = 60;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-kills-'));
  vi.stubEnv('PATCHBAY_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const draftOf = async (id: string) => (await new Drafts().list()).find((draft) => draft.id === id);
const numberIn = (text: string) => Number(parse(text).title);

test(`of ${KILLS} processes killed while they edit, each leaves a whole file and every acknowledged edit`, async () => {
  await using editor = await buildEngine(join(import.meta.dirname, 'editor.ts'));
  const random = uniformGenerator(200);
  const edits = await Promise.all(
    Array.from({ length: EDITORS }, async (_, at) => {
      const path = join(home, `graph-${at}.json`);
      const id = randomUUID();
      let [edited, saved] = [0, 0];
      for (let kill = 0; kill < KILLS / EDITORS; kill++) {
        const said = await killedAfter(random() * LONGEST_LIFE_MS, editor.path, [path, id, `${edited}`]);
        const draft = await draftOf(id);
        const now = numberIn(draft?.text ?? '');
        expect(draft?.text).toBe(numbered(now));
        expect(now, 'an acknowledged edit is lost').toBeGreaterThanOrEqual(said.kept);
        const file = said.saved > 0 || saved > 0 ? await readFile(path, 'utf8') : '';
        if (file) {
          expect(file).toBe(numbered(numberIn(file)));
          expect(numberIn(file), 'an acknowledged save is lost').toBeGreaterThanOrEqual(Math.max(saved, said.saved));
        }
        [edited, saved] = [now, file ? numberIn(file) : saved];
      }
      for (const { text } of await listBackups(path)) expect(text).toBe(numbered(numberIn(text)));
      return edited;
    }),
  );
  // That many were killed while they worked, not before they began.
  expect(Math.min(...edits)).toBeGreaterThan(KILLS / EDITORS);
  await new Drafts().tidy();
  await removeLeftovers(home);
  for (const folder of [home, join(home, 'drafts')])
    expect(
      (await readdir(folder)).filter((name) => !name.endsWith('.json') && name !== 'drafts' && name !== 'backups'),
    ).toEqual([]);
}, 240_000);

/** The last that a process said to be kept and saved before it was killed, some milliseconds after its first edit. */
async function killedAfter(ms: number, script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = { kept: 0, saved: 0 };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const [, what, n] of text.matchAll(/(kept|saved) (\d+)\n/g)) said[what as 'kept' | 'saved'] = Number(n);
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms));
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return said;
}

test('the whole service may be killed while a window edits: another finds all that was acknowledged', async () => {
  const random = uniformGenerator(5);
  const id = randomUUID();
  let kept = 0;
  for (let kill = 0; kill < 4; kill++) {
    const child = spawn(process.execPath, ['dist/electron/cli.js', 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { client, socket } = await connected(url);
    const left = await client.drafts.list();
    expect(left.map((draft) => draft.id)).toEqual(kill === 0 ? [] : [id]);
    if (left[0]) expect(numberIn(left[0].text)).toBeGreaterThanOrEqual(kept);
    const holding = (await client.drafts.hold({ id }))[Symbol.asyncIterator]();
    await holding.next();
    expect(await client.drafts.list()).toEqual([]);
    const ended = once(child, 'close');
    const timer = setTimeout(() => child.kill('SIGKILL'), 100 + 300 * random());
    try {
      for (;;) {
        const text = numbered(kept + 1);
        await client.drafts.keep({ id, title: `${kept + 1}`, base: format(parse(text)), text });
        kept++;
      }
    } catch {
      await ended;
    }
    clearTimeout(timer);
    socket.close();
  }
  expect(kept).toBeGreaterThan(4);
  expect(numberIn((await draftOf(id))?.text ?? '')).toBeGreaterThanOrEqual(kept);
});

async function connected(url: string) {
  const { host, searchParams } = new URL(url);
  const socket = new WebSocket(`ws://${host}/rpc`, ['rpc', `token.${searchParams.get('token')}`]);
  await once(socket, 'open');
  const websocket = socket as unknown as globalThis.WebSocket;
  const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ websocket }));
  return { client, socket };
}
