import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { loadKind } from '../../../electron/backend/executor/kinds.ts';
import { appRoot, resolveSource } from '../../../electron/backend/paths.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';

/** Milliseconds of one run of the graph, of its sessions alone, and of the sessions with the picture read by hand. */
export interface OverheadRound {
  readonly graph: number;
  readonly sessions: number;
  readonly script: number;
}

const text = await readFile(join(appRoot(), 'graphs/examples/small-llava.json'), 'utf8');
const plan = compile(parse(text), catalog);
const executor = new Executor(new RuntimeLender(new SessionPool(8e9)), loadKind, 1e9);

/** The calls of the last run: how many there are hangs on the time that a decode step takes. */
let calls: (() => Promise<unknown>)[] = [];

const create = ort.InferenceSession.create.bind(ort.InferenceSession);
Object.assign(ort.InferenceSession, {
  async create(model: Uint8Array, options: ort.InferenceSession.SessionOptions) {
    const session = await create(model, options);
    const run = session.run.bind(session);
    const recorded = (feeds: ort.InferenceSession.FeedsType, fetches: string[]) => {
      calls.push(() => run(feeds, fetches));
      return run(feeds, fetches);
    };
    return Object.assign(session, { run: recorded });
  },
});

async function graph(): Promise<void> {
  calls = [];
  const request = { run: 'bench', plan, options: { fresh: true, provider: 'cpu' } };
  const { status } = await executor.run(request, new AbortController().signal, () => {});
  if (status !== 'finished' || calls.length === 0) throw new Error(`the example ${status}`);
}

async function sessions(): Promise<void> {
  for (const call of calls) await call();
}

/** As one would write it for CLIP: turned upright, the shorter side 224 px, the centre. */
async function script(): Promise<void> {
  await sharp(resolveSource('example:waterfall')).autoOrient().resize(224, 224).removeAlpha().raw().toBuffer();
  await sessions();
}

const ways = { graph, sessions, script };

/** Whoever comes second finds the other's weights in the caches: they take turns. */
async function round(turn: number): Promise<OverheadRound> {
  const ms = { graph: 0, sessions: 0, script: 0 };
  const names = ['graph', 'sessions', 'script'] as const;
  for (let i = 0; i < names.length; i++) {
    const name = names[(i + turn) % names.length] ?? 'graph';
    const start = performance.now();
    await ways[name]();
    ms[name] = performance.now() - start;
  }
  return ms;
}

process.on('message', async (turn: number) => process.send?.(await round(turn)));
process.once('disconnect', () => process.exit());
