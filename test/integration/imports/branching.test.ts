import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Branch } from '../../../nodes/generation/branches.ts';
import { definition } from '../../../nodes/llm/definition.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { run } from '../../../nodes/llm/run.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-branches-'));
});
afterAll(() => rm(root, { recursive: true }));

const PROMPT = { type: 'text', text: 'How many?' } as const;
const ALONE = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

for (const grouped of [false, true])
  test(`branches of different lengths in one batch score as each does alone, ${grouped ? 'GroupQueryAttention' : 'a cache that grows at its end'}`, async () => {
    const folder = join(root, `${grouped}`);
    // A seventh of the tokens begins with a newline, at which steps end.
    await writeTextExport(folder, { grouped, word: 'Ċ' });
    const { signal } = new AbortController();
    const { result } = await asNode(['generator'], async (context) => {
      const made = await run(context, definition.params.parse({ model: `file:${folder}` }), { prompt: [PROMPT] });
      const generator = made.generator as GeneratorValue;
      const branching = await generator.branch(PROMPT, 5);
      // Some end before others: the rest goes on beside rows that stand still, then from caches of different lengths.
      const grow = (branches: readonly Branch[], maxTokens: number, until: 'step' | 'end') =>
        branching.grow(branches, { sampling: ALONE, maxTokens, signal, count: 3, until });
      const first = await grow([branching.root], 40, 'step');
      const all = await grow(
        first.filter(({ finish }) => finish === undefined),
        48,
        'end',
      );
      const alone = await generator.likelihoods(
        PROMPT,
        all.map(({ ids }) => ids),
        signal,
      );
      return { all, alone };
    });
    expect(new Set(result.all.map(({ ids }) => ids.length)).size).toBeGreaterThan(1);
    result.all.forEach(({ logProbs }, i) => {
      logProbs.forEach((logProb, at) => {
        expect(logProb).toBeCloseTo(result.alone[i]?.[at] ?? Number.NaN, 3);
      });
    });
  });
