import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { markHeapSeldom } from '../../../electron/backend/engine/heap.ts';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { loadKind } from '../../../electron/backend/executor/kinds.ts';
import { appRoot, resolveSource } from '../../../electron/backend/paths.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';

/** Milliseconds of one run of the graph, of its sessions alone, and of a script around them. */
export interface OverheadRound {
  readonly graph: number;
  readonly sessions: number;
  readonly script: number;
}

markHeapSeldom();
const text = await readFile(join(appRoot(), 'graphs/examples/small-llava.json'), 'utf8');
const plan = compile(parse(text), catalog);
const executor = new Executor(new RuntimeLender(new SessionPool(8e9)), loadKind, 1e9);

/** The calls of the last run: how many there are hangs on the time that a decode step takes. */
let calls: (() => Promise<ort.InferenceSession.OnnxValueMapType>)[] = [];

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

/** Returns the tokens of the answer. */
async function sessions(): Promise<number[]> {
  const answer: number[] = [];
  for (const call of calls) {
    const { tokens } = await call();
    if (tokens) answer.push(...Array.from(tokens.data as BigInt64Array, Number));
  }
  return answer;
}

const tokenizer = await loadTokenizer('gpt2', (path) => readFile(path, 'utf8'));
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

/** What a script must do: read the photo for CLIP, tokens of the question, the sessions, text of the answer. */
async function script(): Promise<void> {
  const path = resolveSource('example:waterfall');
  const rgb = await sharp(path).autoOrient().resize(224, 224).removeAlpha().raw().toBuffer();
  const pixels = new Float32Array(rgb.length);
  const plane = rgb.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const [mean = 0, std = 1] = [MEAN[channel], STD[channel]];
    for (let i = 0; i < plane; i++) pixels[channel * plane + i] = ((rgb[3 * i + channel] ?? 0) / 255 - mean) / std;
  }
  const question = tokenizer.encode('What is in this picture?');
  const answer = tokenizer.decode(await sessions());
  if (Number.isNaN(pixels[0]) || question.length === 0 || answer === '') throw new Error('the script made nothing');
}

const ways: Readonly<Record<keyof OverheadRound, () => Promise<unknown>>> = { graph, sessions, script };

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
