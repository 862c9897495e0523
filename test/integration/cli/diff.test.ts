import { expect, test } from 'vitest';
import { patchbay } from '../../helpers/patchbay.ts';

const diff = (...args: readonly string[]) => patchbay(['diff', ...args]);

const [LLAVA, BLIP] = ['graphs/examples/llava-tiny.json', 'graphs/examples/blip-2-tiny.json'];

test('differences are said a line each, with code 0', async () => {
  const { code, stdout } = await diff(LLAVA, BLIP);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toContain('connector was a projector and is a q-former now');
  expect(await diff(LLAVA, LLAVA)).toEqual({ code: 0, stdout: 'no difference\n', stderr: '' });
});

test('--json gives them as data', async () => {
  const { code, stdout } = await diff(LLAVA, BLIP, '--json');
  expect(code).toBe(0);
  const { a, b, changes } = JSON.parse(stdout);
  expect([a, b]).toEqual([LLAVA, BLIP]);
  expect(changes).toContainEqual({ type: 'kind', node: 'connector', from: 'projector', to: 'q-former' });
});

test('a file that is no graph, and one that is not there, end it with code 2 and one line', async () => {
  for (const [path, sentence] of [
    ['package.json', /^package\.json: .*schemaVersion/],
    ['none.json', /^"none\.json" was not opened/],
  ] as const) {
    const { code, stdout, stderr } = await diff(LLAVA, path);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }
});
