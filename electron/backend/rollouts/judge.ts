import { readFile } from 'node:fs/promises';
import type { CardOf } from '../../../nodes/models/card.ts';
import { NodeError } from '../../../nodes/run.ts';
import { type Judged, judgedBy } from '../../../nodes/training/evaluation/judged.ts';
import { parseRollouts, type Rollouts } from '../../../nodes/training/rollouts.ts';
import { type Aggregate, trainedJudge } from '../../../nodes/verifier/trained.ts';
import { openStored } from '../models/stored.ts';
import { lentAlone } from '../runtime/alone.ts';

export async function readRollouts(path: string): Promise<Rollouts> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new NodeError(`There is no file ${path}.`, 'Make it with patchbay rollouts … --split test --out <file>.');
  });
  try {
    return parseRollouts(text);
  } catch (error) {
    throw new NodeError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Has a trained verifier judge all solutions of a file, and holds what it says against what was right. */
export async function judgeRollouts(
  reference: string,
  { problems }: Rollouts,
  aggregate: Aggregate,
  signal: AbortSignal,
  onDone: (done: number, of: number) => void,
): Promise<Judged> {
  const stored = await openStored(reference);
  if (stored.card.kind !== 'verifier')
    throw new NodeError(`"${reference}" is a ${stored.card.kind}, which judges nothing.`, 'Name a verifier.');
  const model = { ...stored, card: stored.card as CardOf<'verifier'> };
  const scores = await lentAlone(signal, async (context) => {
    const judge = await trainedJudge(context, model, aggregate);
    const found: number[][] = [];
    for (const { question, solutions } of problems) {
      const texts = solutions.map(({ text }) => text);
      const verdicts = await judge.verify({ type: 'text', text: question }, texts, signal);
      found.push(verdicts.map(({ score }) => score));
      onDone(found.length, problems.length);
    }
    return found;
  });
  return judgedBy(problems, scores);
}
