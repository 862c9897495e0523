import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { agreement } from '../../../electron/backend/runtime/agreement.ts';
import { type Opener, openOn } from '../../../electron/backend/runtime/opener.ts';
import { candidates, Providers } from '../../../electron/backend/runtime/providers.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { mul } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { NO_WEIGHTS } from '../../../nodes/onnx/weights.ts';
import { floats } from '../../helpers/onnx.ts';

/**
 * A provider with a wrong kernel, as one sees it from outside: sessions of ONNX Runtime on the CPU whose operators of one
 * type were changed before they were made.
 */
function withWrong(type: string, spoil: (node: NodeProto) => void): Opener {
  return (model, weights) => {
    const proto = fromBinary(ModelProtoSchema, model);
    spoilIn(proto.graph, type, spoil);
    return openOn('cpu')(toBinary(ModelProtoSchema, proto), weights);
  };
}

/** In bodies too. */
function spoilIn(graph: GraphProto | undefined, type: string, spoil: (node: NodeProto) => void): void {
  for (const node of graph?.node ?? []) {
    if (node.opType === type) spoil(node);
    for (const { g } of node.attribute) spoilIn(g, type, spoil);
  }
}

function setAttribute(node: NodeProto, name: string, change: { i?: bigint; f?: number }): void {
  const attribute = node.attribute.find((each) => each.name === name);
  if (!attribute) throw new Error(`${node.opType} has no ${name}`);
  Object.assign(attribute, change);
}

/** Forgets all but the last few tokens, as a kernel does that loses what the cache held. */
const forgetful = withWrong('GroupQueryAttention', (node) => {
  const [template] = node.attribute;
  if (template) node.attribute.push({ ...template, name: 'local_window_size', i: 3n });
});

describe('a provider is held against the CPU', () => {
  test('the CPU agrees with itself, in everything', async () => {
    expect(await agreement(openOn('cpu'))).toEqual({ cannot: [] });
  });

  test('attention that forgets what its cache held is found out, and named', async () => {
    const { differs } = await agreement(forgetful);
    expect(differs).toMatch(/^GroupQueryAttention with a growing cache differs from the CPU by \d/);
  });

  test.each<[string, Opener, RegExp]>([
    [
      'a scale of attention',
      withWrong('MultiHeadAttention', (node) => setAttribute(node, 'scale', { f: 0.5 })),
      /^A layer over a picture/,
    ],
    [
      'products over packed weights',
      // Of the gate and of what it lets through, which are of one size: the weights swapped round once are the same.
      withWrong('MatMulNBits', (node) => {
        node.input[1] = (node.input[1] ?? '').replace('mlp.gate', 'mlp.up');
      }),
      /^MatMulNBits/,
    ],
    [
      'a norm, which half precision has too',
      withWrong('SkipSimplifiedLayerNormalization', (node) => setAttribute(node, 'epsilon', { f: 100 })),
      /^GroupQueryAttention/,
    ],
  ])('%s is found out too', async (_, open, named) => {
    expect((await agreement(open)).differs).toMatch(named);
  });

  test('what it cannot run at all is no wrong answer', async () => {
    const without = withWrong('MatMulNBits', (node) => {
      node.opType = 'Teleport';
    });
    expect(await agreement(without)).toEqual({ cannot: ['MatMulNBits'] });
  });
});

describe('a provider that answers wrongly is not used', () => {
  const providers = () => new Providers((name) => (name === 'webgpu' ? forgetful : openOn(name)));

  test('and is listed with the reason', async () => {
    const list = await providers().list();
    expect(list.map(({ name }) => name)).toEqual(candidates());
    expect(list.find(({ name }) => name === 'webgpu')).toEqual({
      name: 'webgpu',
      works: false,
      wrong: true,
      reason: expect.stringMatching(
        /answers wrongly here: GroupQueryAttention with a growing cache differs from the CPU by .* %/,
      ),
    });
    expect(list.at(-1)).toMatchObject({ name: 'cpu', works: true });
  });

  test.each(['webgpu', 'auto'])('where %s is asked for a node runs on the CPU and says why', async (asked) => {
    const g = new Graph();
    g.output('y', mul(g, g.input('x', 'float32', [3]), 2));
    const began = performance.now();
    const account = new Account(new AbortController().signal, asked, false, () => {});
    const pool = new SessionPool(1e9, providers());
    await accounts.run(account, async () => {
      const session = await pool.request({ key: 'twice', build: () => buildModel(g), weights: NO_WEIGHTS });
      await session.run({ x: floats([3]) });
    });
    const { provider, loadMs } = account.usage();
    // The comparison takes most of the time, and is charged to no node.
    expect(loadMs + account.ownMs).toBeLessThan((performance.now() - began) / 2);
    expect(provider).toEqual({ asked, ran: 'cpu', reason: expect.stringMatching(/^webgpu: it answers wrongly here/) });
  });
});
