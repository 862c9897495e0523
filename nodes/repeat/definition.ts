import { z } from 'zod';
import { MOST_ROUNDS, REPEAT, ROUNDS } from '../../graphs/repeats.ts';
import { conditionParams } from '../condition.ts';
import { defineNode } from '../definition.ts';

const params = z.object({
  graph: z.string().default('').meta({ title: 'Subgraph', description: 'Its name in the file: what is repeated' }),
  times: z.int().min(1).max(MOST_ROUNDS).default(ROUNDS).meta({ title: 'Most rounds' }),
  output: z.string().default('').meta({
    title: 'Until',
    description: 'The output that is asked after each round; empty: all rounds run',
  }),
  ...conditionParams,
});

export type RepeatParams = z.output<typeof params>;

/** Its ports are those of the subgraph, see renderer/store/ports.ts; in the graph that runs it stands after each round. */
export const definition = defineNode({
  kind: REPEAT,
  version: 1,
  title: 'Repeat',
  category: 'Reasoning',
  doc: 'Runs a subgraph again and again, at most so many rounds, until a condition holds for one of its outputs. An output called next-prompt, say, is the input prompt of the next round; other inputs stay the same. Each round adds one to the seeds of sampling inside. Every round is in the plan, so that a run shows, keeps and reuses each by itself.',
  sources: [
    { title: 'Self-Refine, algorithm 1 (a loop that can be drawn with it)', url: 'https://arxiv.org/abs/2303.17651' },
  ],
  params,
  ports: () => ({ inputs: {}, outputs: {}, open: true }),
  shapes: () => ({}),
});
