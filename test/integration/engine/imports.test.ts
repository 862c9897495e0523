import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import type { Usage } from '../../../electron/backend/executor/executor.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { definition } from '../../../nodes/llm/definition.ts';
import { run } from '../../../nodes/llm/run.ts';
import { definition as promptDefinition } from '../../../nodes/prompt/definition.ts';
import type { AnswerValue, ImageValue, Value } from '../../../nodes/values.ts';
import { definition as encoderDefinition } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { SMALL } from '../../helpers/exports/decoder.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';
import { buildEngine } from './build.ts';
import { finish, plan, step } from './plans.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-engine-imports-'));
  await Promise.all([
    writeTextExport(join(root, 'text')),
    writeVisionExport(join(root, 'vision'), VISION_EXPORTS.llava),
  ]);
});
afterAll(() => rm(root, { recursive: true }));

const QUESTION = { type: 'text', text: 'Why is the sky blue?' } as const;
const PICTURE: ImageValue = {
  type: 'image',
  images: [{ width: 48, height: 48, data: Uint8Array.from({ length: 3 * 48 * 48 }, (_, at) => at % 251) }],
};

describe('sessions of exports in the pool', () => {
  /** What nodes of one graph do, one after the other, in a pool that holds so many bytes. */
  function nodesIn(limitBytes: number) {
    const lender = new RuntimeLender(new SessionPool(limitBytes));
    const terms = {
      ...{ signal: new AbortController().signal, provider: 'cpu', profile: false },
      onLoading() {},
      onProgress() {},
      onReport() {},
    };
    const value = ({ result, usage }: { result: Readonly<Record<string, Value>>; usage: Usage }, port: string) => {
      return { value: result[port] as Value, loadMs: usage.loadMs };
    };
    return {
      llm: async (folder: string, visual: Value[] = []) =>
        value(
          await lender.lend({ ...terms, wanted: ['answer'] }, (context) =>
            run(context, definition.params.parse({ model: `file:${join(root, folder)}`, maxTokens: 6 }), {
              prompt: [QUESTION],
              visual,
            }),
          ),
          'answer',
        ),
      encoder: async () =>
        value(
          await lender.lend({ ...terms, wanted: ['embeddings'] }, (context) =>
            runEncoder(context, encoderDefinition.params.parse({ model: `file:${join(root, 'vision')}` }), {
              image: [PICTURE],
            }),
          ),
          'embeddings',
        ),
    };
  }

  test('two nodes that hold the same files share one session and its weights', async () => {
    const nodes = nodesIn(1e9);
    const first = await nodes.llm('text');
    const second = await nodes.llm('text');
    expect(first.loadMs).toBeGreaterThan(0);
    expect(second.loadMs).toBe(0);
    expect((second.value as AnswerValue).text).toBe((first.value as AnswerValue).text);
  });

  test('over the limit the one not used for longest goes, and comes back with the same answer', async () => {
    // Room for one model at a time.
    const nodes = nodesIn(1);
    const picture = await nodes.encoder();
    const answer = await nodes.llm('vision', [picture.value]);
    const again = await nodes.encoder();
    expect(again.loadMs).toBeGreaterThan(0);
    expect(again.value).toEqual(picture.value);
    const later = await nodes.llm('vision', [again.value]);
    expect(later.loadMs).toBeGreaterThan(0);
    expect((later.value as AnswerValue).text).toBe((answer.value as AnswerValue).text);

    const roomy = nodesIn(1e9);
    const { value } = await roomy.encoder();
    await roomy.llm('vision', [value]);
    expect((await roomy.encoder()).loadMs).toBe(0);
  });
});

/** Its process is found, and its memory limited, through /proc. */
describe.skipIf(!existsSync('/proc/self/limits'))('an engine that fails under an export', () => {
  let built: Awaited<ReturnType<typeof buildEngine>>;
  let engine: EngineProcess;
  beforeAll(async () => {
    built = await buildEngine(resolve(import.meta.dirname, '../../../electron/backend/engine/main.ts'));
  });
  afterAll(() => built[Symbol.asyncDispose]());
  beforeEach(() => {
    engine = new EngineProcess(built.path);
  });
  afterEach(() => engine.close());

  const question = step('question', 'prompt', promptDefinition.params.parse({ text: QUESTION.text }));
  const asking = (folder: string, maxTokens: number) =>
    plan(
      question,
      step(
        'llm',
        'llm',
        definition.params.parse({ model: `file:${folder}`, maxTokens }),
        { prompt: ['question.text'] },
        ['answer'],
      ),
    );

  /** Of this engine, by the script it runs. */
  function pid(): number {
    const found = readdirSync('/proc').find((name) => {
      try {
        return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(built.path);
      } catch {
        return false;
      }
    });
    if (!found) throw new Error('the engine has no process');
    return Number(found);
  }

  test('killed while it writes: the node says so, what was done stays, and the next run works', async () => {
    let killed = false;
    const result = await finish(engine.run(asking(join(root, 'text'), 30_000)), (event) => {
      if (event.type !== 'node-text' || killed) return;
      killed = true;
      process.kill(pid(), 'SIGKILL');
    });
    expect(result.status).toBe('failed');
    expect(result.nodes.question?.status).toBe('finished');
    expect(result.nodes.llm).toMatchObject({
      status: 'failed',
      error: {
        message: 'The engine process was ended by SIGKILL during the run.',
        hint: expect.stringContaining('may need more memory than there is'),
      },
    });
    expect((await finish(engine.run(asking(join(root, 'text'), 4)))).nodes.llm?.status).toBe('finished');
  });

  test('out of memory while it loads: the node says so, and the next run works', async () => {
    const large = join(root, 'large');
    await writeTextExport(large);
    await grow(large, 6_000_000);
    await finish(engine.run(plan(question)));
    const { limit, free } = limitMemory(pid(), 800e6);
    limit();
    const result = await finish(engine.run(asking(large, 4)));
    expect(result.status).toBe('failed');
    expect(result.nodes.llm).toMatchObject({
      status: 'failed',
      error: {
        message: expect.stringMatching(/could not load onnx\/model\.onnx .*bad_alloc/),
        hint: expect.stringMatching(/not enough memory.*precision/),
      },
    });
    free();
    expect((await finish(engine.run(asking(join(root, 'text'), 4)))).nodes.llm?.status).toBe('finished');
  });
});

/** Gives a text export a vocabulary whose table takes gigabytes, in a file with a hole in it. */
async function grow(folder: string, vocabulary: number): Promise<void> {
  const [config, path] = [join(folder, 'config.json'), join(folder, 'onnx', 'model.onnx')];
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), vocab_size: vocabulary }));
  const model = fromBinary(ModelProtoSchema, await readFile(path));
  const table = model.graph?.initializer.find(({ dims }) => dims[0] === BigInt(SMALL.vocabulary));
  const place = new Map(table?.externalData.map((entry) => [entry.key, entry]));
  const [offset, length] = [place.get('offset'), place.get('length')];
  if (!table || !length) throw new Error('the export has no table');
  const bytes = 4 * SMALL.width * vocabulary;
  table.dims[0] = BigInt(vocabulary);
  length.value = `${bytes}`;
  await writeFile(path, toBinary(ModelProtoSchema, model));
  await truncate(`${path}_data`, Number(offset?.value ?? 0) + bytes);
}

/** Lets a process have so many bytes of addresses more than it has. */
function limitMemory(pid: number, more: number) {
  const set = (limit: number | 'unlimited') => {
    if (existsSync(`/proc/${pid}`)) execFileSync('prlimit', ['--pid', `${pid}`, `--as=${limit}:unlimited`]);
  };
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[0]);
  return { limit: () => set(4096 * pages + more), free: () => set('unlimited') };
}
