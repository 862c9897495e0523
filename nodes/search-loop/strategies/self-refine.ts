import { attempt, refined } from '../refining.ts';
import type { Strategy } from '../search.ts';
import { type Outcome, type Search, searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { best } from '../votes.ts';
import { reflection, remembering } from '../words.ts';

/**
 * Self-Refine (Madaan et al. 2023, Self-Refine: Iterative Refinement with Self-Feedback, algorithm 1): attempt, criticism,
 * better attempt, until nothing is wrong, the score is high enough, or the candidates are used up. How it refines: see
 * refining.ts.
 */
export const selfRefine: Strategy = (context) =>
  searching(context, async (search) => {
    let latest = await attempt(search);
    await search.judge(search.solutions);
    while (latest && !enough(search, latest) && search.room > 0) {
      const better: TreeNode | undefined = await refined(search, latest);
      if (!better) break;
      latest = better;
      await search.judge(search.solutions);
    }
    return chosen(search);
  });

/** The article keeps its memory to so many reflections, so that the prompt does not grow without end. */
const REMEMBERED = 3;

/**
 * Reflexion (Shinn et al. 2023, Reflexion: Language Agents with Verbal Reinforcement Learning, algorithm 1): attempt, score by
 * the verifier; while that is below `enough`, the model says what went wrong, and tries again with what it said before its
 * eyes.
 */
export const reflexion: Strategy = (context) =>
  searching(context, async (search) => {
    const memory: string[] = [];
    let [latest] = await search.sample(1);
    await search.judge(search.solutions);
    while (latest?.whole && !enough(search, latest) && search.room > 0) {
      const lesson: TreeNode | undefined = await search.write(
        await search.ask(reflection(context.question, latest.branch.text), latest),
      );
      if (!lesson) break;
      memory.push(lesson.text);
      const again = remembering(context.question, memory.slice(-REMEMBERED));
      [latest] = await search.finish([await search.ask(again, lesson)], 1);
      await search.judge(search.solutions);
    }
    return { chosen: best(search.solutions) };
  });

function enough({ context }: Search, { score }: TreeNode): boolean {
  return score !== undefined && score >= context.settings.enough;
}

/** The best by the verifier; without one, the last: each was written to be better than the one before. */
function chosen({ context, solutions }: Search): Outcome {
  return { chosen: context.verifier ? best(solutions) : solutions.at(-1) };
}
