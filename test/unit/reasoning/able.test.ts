import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { strategiesFor } from '../../../electron/backend/reasoning/target.ts';
import { parse } from '../../../graphs/format.ts';

const able = async (example: string, change = (text: string) => text) =>
  strategiesFor(parse(change(await readFile(`graphs/examples/${example}.json`, 'utf8'))), 'search');

test('a graph offers the strategies that its verifier can serve', async () => {
  const steps = ['beam-search', 'lookahead'];
  expect(await able('mcts')).toEqual(expect.arrayContaining([...steps, 'best-of-n', 'greedy']));
  const whole = await able('best-of-n-orm');
  expect(whole).toEqual(expect.arrayContaining(['best-of-n', 'mcts', 'greedy']));
  for (const step of steps) expect(whole).not.toContain(step);
  // What was trained here is not known before its card is read.
  expect(await able('best-of-n-orm', (text) => text.replace('tiny:orm', 'trained:mine'))).toEqual(
    expect.arrayContaining(steps),
  );
  for (const name of ['best-of-n', ...steps, 'sc-mcts']) expect(await able('self-consistency')).not.toContain(name);
});
