import { readFile } from 'node:fs/promises';
import { isStored } from '../../nodes/model-reference.ts';
import type { Split, World } from '../../nodes/training/data/world.ts';
import { loadWorld } from '../../nodes/training/data/worlds.ts';
import type { Mode } from '../../nodes/training/evaluation/items.ts';
import { scoresBySize, scoresOf } from '../../nodes/training/evaluation/score.ts';
import { judgeAnswers, type Running } from '../backend/evaluation/answers.ts';
import { measureForCard, writeEvaluation } from '../backend/evaluation/card.ts';
import { askingGraph } from '../backend/evaluation/graphs.ts';
import { measureMatches } from '../backend/evaluation/matches.ts';
import { measureSolutions } from '../backend/evaluation/solutions.ts';
import { findModel } from '../backend/models/stored.ts';
import { answersText, matchesText, Progress, solvedText } from './evaluation.ts';
import { EXIT, Failure } from './failure.ts';
import { loadGraph, startEngine } from './graph.ts';
import { interruptible } from './interrupt.ts';

export interface EvalFlags {
  readonly data?: World['name'] | 'arithmetic';
  readonly split: Split;
  readonly n: number;
  readonly seed: number;
  readonly blind?: boolean;
  readonly picture: boolean;
  readonly asText?: boolean;
  readonly writeCard?: boolean;
  readonly json?: boolean;
}

/** The worlds that cards report. */
const WORLDS = ['shapes', 'digits'] as const satisfies readonly World['name'][];

/** Returns the exit code. */
export async function evaluate(target: string, flags: EvalFlags): Promise<number> {
  const engine = startEngine();
  const stop = new AbortController();
  const running = (part: string): Running => {
    const progress = new Progress(part);
    return { engine, signal: stop.signal, onDone: (done, of) => progress.show(done, of) };
  };
  try {
    const put = flags.writeCard ? intoCard : print;
    await interruptible(
      () => stop.abort(),
      () => put(target, flags, running),
    );
    return stop.signal.aborted ? EXIT.cancelled : EXIT.done;
  } finally {
    await engine.close();
  }
}

async function print(target: string, flags: EvalFlags, running: (part: string) => Running): Promise<void> {
  const { split, n, seed, json } = flags;
  if (!flags.data) throw new Failure('Say what is asked about: --data shapes, --data digits or --data arithmetic.');
  if (flags.data === 'arithmetic') return printSolved(target, flags, running(flags.data));
  const drawn = { world: await world(flags.data), split, n, seed };
  const mode = modeOf(flags);
  const model = isStored(target) ? (await findModel(target)).card : undefined;
  if (model?.kind === 'vision-encoder') {
    if (mode !== 'seeing') throw new Failure(`${target} is an encoder: it is measured with its pictures only.`);
    requireText(target, model.architecture.text);
    const matches = await measureMatches(target, drawn, running(flags.data));
    if (!matches) throw new Failure('Stopped before there was something to say.', EXIT.cancelled);
    const result = { data: flags.data, split, seed, ...matches };
    console.log(json ? JSON.stringify(result, null, 2) : matchesText(result));
    return;
  }
  if (model?.kind === 'llm' && (mode === 'seeing' || mode === 'blind'))
    throw new Failure(`${target} is an LLM, which sees no pictures by itself: add --as-text or --no-picture.`);
  const graph = model ? { document: askingGraph(target, model) } : await loadGraph(target);
  const judged = await judgeAnswers(graph, mode, drawn, running(flags.data));
  if (judged.length === 0) throw new Failure('Stopped before the first answer.', EXIT.cancelled);
  const { n: done, ...scores } = scoresOf(judged);
  const head = { data: flags.data, split, n: done, seed };
  const modes = { blind: mode === 'blind', noPicture: mode === 'noPicture', asText: mode === 'text' };
  console.log(
    json
      ? JSON.stringify({ ...head, ...modes, ...scores, sizes: scoresBySize(judged) }, null, 2)
      : answersText(target, head, mode, judged),
  );
}

async function printSolved(target: string, flags: EvalFlags, running: Running): Promise<void> {
  const { split, n, seed, json } = flags;
  if (!isStored(target))
    throw new Failure('A model solves arithmetic; patchbay reason measures a graph that searches.');
  if (modeOf(flags) !== 'seeing')
    throw new Failure('Word problems have no pictures: leave the other ways of asking out.');
  const solved = await measureSolutions(target, { split, n, seed }, running);
  if (!solved) throw new Failure('Stopped before all problems were solved.', EXIT.cancelled);
  const result = { data: 'arithmetic', split, seed, ...solved };
  console.log(json ? JSON.stringify(result, null, 2) : solvedText(target, result));
}

async function intoCard(target: string, flags: EvalFlags, running: (part: string) => Running): Promise<void> {
  if (!isStored(target)) throw new Failure(`--write-card is for a model, tiny:… or trained:…, not for ${target}`);
  if (flags.data || flags.split !== 'test' || modeOf(flags) !== 'seeing')
    throw new Failure('--write-card measures everything that a card holds: leave the other ways of asking out');
  const { card } = await findModel(target);
  if (card.kind === 'vision-encoder') requireText(target, card.architecture.text);
  const evaluation = await measureForCard(target, await Promise.all(WORLDS.map(world)), flags, running);
  if (!evaluation) throw new Failure('Stopped: the card is as it was.', EXIT.cancelled);
  const path = await writeEvaluation(target, evaluation);
  console.log(flags.json ? JSON.stringify(evaluation, null, 2) : `wrote ${path}`);
}

function requireText(target: string, text: unknown): void {
  if (!text) throw new Failure(`${target} has no text tower, so nothing can be matched with its pictures.`);
}

function modeOf({ blind, picture, asText }: EvalFlags): Mode {
  const modes: readonly Mode[] = [
    ...(blind ? (['blind'] as const) : []),
    ...(picture ? [] : (['noPicture'] as const)),
    ...(asText ? (['text'] as const) : []),
  ];
  if (modes.length > 1) throw new Failure('--blind, --no-picture and --as-text are three ways to ask: choose one.');
  return modes[0] ?? 'seeing';
}

function world(name: World['name']): Promise<World> {
  return loadWorld(name, (path) => readFile(path, 'utf8'));
}
