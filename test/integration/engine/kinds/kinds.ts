import { writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { loop, matmul, scalar } from '../../../../nodes/onnx/functions.ts';
import { Graph } from '../../../../nodes/onnx/graph.ts';
import { randomWeights } from '../../../../nodes/onnx/random.ts';
import { buildModel } from '../../../../nodes/onnx/serialize.ts';
import type { NodeRun } from '../../../../nodes/run.ts';
import type { TextValue } from '../../../../nodes/values.ts';
import { floats } from '../../../helpers/onnx.ts';
import { networks } from './networks.ts';

const text = (value: string): Record<string, TextValue> => ({ text: { type: 'text', text: value } });

const SIDE = 256;
/** More than a year of them. */
const TRIPS = 1e12;

function churning(): Graph {
  const g = new Graph();
  const x = g.input('x', 'float32', [SIDE, SIDE]);
  const { carried } = loop(g, {
    trips: scalar(g, TRIPS, 'int64'),
    tripCount: TRIPS,
    carried: [x],
    step: (body, [y]) => ({ carried: y ? [matmul(body, y, y)] : [] }),
  });
  const [y] = carried;
  if (y) g.output('y', y);
  return g;
}

/** Kinds that misbehave. */
export const kinds: Readonly<Record<string, NodeRun>> = {
  say: { run: async (_, params) => text(String(params.text)) },
  join: {
    run: async (_, __, inputs) =>
      text((inputs.text ?? []).map((value) => (value.type === 'text' ? value.text : '')).join(' ')),
  },
  /** Waits for a cancel, and heeds it. */
  patient: {
    run: (context) =>
      new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(new Error('stopped')))),
  },
  /** Holds the process for good, as one long session run does; tells by a file that it has begun. */
  block: {
    async run(_, params) {
      await writeFile(String(params.begun), 'begun');
      for (;;) Math.sqrt(Math.random());
    },
  },
  /** A network over fixed numbers; its output as a table, because tables cross whole. */
  network: {
    async run(context, params) {
      const name = String(params.network);
      const { make, dims } = networks[name as keyof typeof networks];
      const session = await context.session({ key: name, weights: randomWeights(1), build: () => buildModel(make()) });
      const { y } = await session.run({ x: floats(dims) });
      return {
        table: { type: 'table', columns: ['y'], rows: y ? Array.from(y.data as Float32Array, (value) => [value]) : [] },
      };
    },
  },
  /** One session run that never ends by itself: a Loop of matrix products. */
  churn: {
    async run(context, params) {
      const session = await context.session({
        key: 'churn',
        weights: randomWeights(0),
        build: () => buildModel(churning()),
      });
      await writeFile(String(params.begun), 'begun');
      await session.run({ x: { dtype: 'float32', dims: [SIDE, SIDE], data: new Float32Array(SIDE * SIDE) } });
      return text('');
    },
  },
  /** Ends as native code does: with a line on stderr, and no exception. */
  crash: {
    async run() {
      writeSync(2, "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n");
      process.abort();
    },
  },
  die: {
    async run() {
      process.kill(process.pid, 'SIGKILL');
      return text('');
    },
    async probe() {
      process.kill(process.pid, 'SIGKILL');
      return {};
    },
  },
};
