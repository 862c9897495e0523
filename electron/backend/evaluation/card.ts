import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelCard, parseCard } from '../../../nodes/models/card.ts';
import type { World } from '../../../nodes/training/data/world.ts';
import type { Mode } from '../../../nodes/training/evaluation/items.ts';
import { scoresOf } from '../../../nodes/training/evaluation/score.ts';
import { replaceFile } from '../documents/save.ts';
import { findModel } from '../models/stored.ts';
import { solves } from '../rollouts/roll.ts';
import { type Drawn, judgeAnswers, type Running } from './answers.ts';
import { askingGraph } from './graphs.ts';
import { measureMatches } from './matches.ts';
import { measureSolutions } from './solutions.ts';

type Evaluation = ModelCard['evaluation'][number];

/** Runs a part under a name of its own, which says what is measured. */
export type PartRunning = (part: string) => Running;

/**
 * Measures a model on the test items of the worlds in every mode that its card reports, or on problems where it solves those.
 * Undefined where it was stopped: a card holds whole evaluations.
 */
export async function measureForCard(
  reference: string,
  worlds: readonly World[],
  items: Pick<Drawn, 'n' | 'seed'>,
  running: PartRunning,
): Promise<readonly Evaluation[] | undefined> {
  const { card } = await findModel(reference);
  if (solves(card)) {
    const solved = await measureSolutions(reference, { ...items, split: 'test' }, running('arithmetic'));
    return solved && [rounded({ data: 'arithmetic', split: 'test', ...solved })];
  }
  const evaluations: Evaluation[] = [];
  for (const world of worlds) {
    const drawn: Drawn = { ...items, world, split: 'test' };
    const measured =
      card.kind === 'vision-encoder'
        ? await matches(reference, drawn, running)
        : await answers(reference, card, drawn, running);
    if (!measured) return undefined;
    evaluations.push(rounded({ data: world.name, split: drawn.split, ...measured }));
  }
  return evaluations;
}

async function matches(reference: string, drawn: Drawn, running: PartRunning) {
  const part = running(drawn.world.name);
  const measured = await measureMatches(reference, drawn, part);
  return part.signal.aborted ? undefined : measured;
}

/** The first mode is what the card's own accuracy says: an LLM sees scenes in words only. */
const MODES = {
  llm: ['text', 'noPicture'],
  connector: ['seeing', 'blind', 'noPicture', 'text'],
} as const satisfies Record<string, readonly Mode[]>;

async function answers(reference: string, card: ModelCard, drawn: Drawn, running: PartRunning) {
  const document = askingGraph(reference, card);
  const [first, ...others] = MODES[card.kind === 'llm' ? 'llm' : 'connector'];
  const measure = async (mode: Mode) => {
    const part = running(`${drawn.world.name}, ${mode}`);
    const judged = await judgeAnswers({ document }, mode, drawn, part);
    return part.signal.aborted ? undefined : scoresOf(judged);
  };
  const own = await measure(first);
  if (!own) return undefined;
  const beside: Record<string, typeof own> = {};
  for (const mode of others) {
    const scores = await measure(mode);
    if (!scores) return undefined;
    beside[mode] = scores;
  }
  return { ...own, ...beside };
}

/** Four digits say more than any interval of some hundred items. */
function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' ? Math.round(item * 1e4) / 1e4 : item)),
  );
}

/** Puts evaluations into a model's `card.json`, in place of the former ones. Returns its path. */
export async function writeEvaluation(reference: string, evaluation: readonly Evaluation[]): Promise<string> {
  const { folder } = await findModel(reference);
  const path = join(folder, 'card.json');
  const card = { ...JSON.parse(await readFile(path, 'utf8')), evaluation };
  parseCard(card);
  await replaceFile(path, `${JSON.stringify(card, null, 2)}\n`);
  return path;
}
