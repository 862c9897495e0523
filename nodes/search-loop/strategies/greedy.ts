import type { Strategy } from '../search.ts';
import { searching } from '../searching.ts';

/** One solution, always by the likeliest token: what every other strategy is measured against. */
export const greedy: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(1, { ...context.sampling, temperature: 0 });
    await search.judge(search.solutions);
    return { chosen: search.solutions[0] };
  });
