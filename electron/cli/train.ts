import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parseRecipe, type Recipe } from '../../nodes/training/recipe.ts';
import type { Accuracy, TrainingEvent } from '../backend/training/events.ts';
import { TrainingProcess } from '../backend/training/process.ts';
import { EXIT, Failure } from './failure.ts';
import { interruptible } from './interrupt.ts';

interface TrainFlags {
  readonly minutes?: number;
  readonly resume?: boolean;
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train what a recipe says, and keep it as trained:<name>')
    .argument('<recipe>', 'the recipe, a .json file')
    .option('--minutes <n>', 'stop after n minutes, and save', minutes)
    .option('--resume', "go on from the recipe's checkpoint")
    .action(async (path: string, flags: TrainFlags) => {
      process.exitCode = await trainRecipe(await loadRecipe(path), flags);
    });
}

async function loadRecipe(path: string): Promise<Recipe> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(error.code === 'ENOENT' ? `there is no file ${path}` : `${path}: ${error.message}`);
  });
  try {
    return parseRecipe(JSON.parse(text));
  } catch (error) {
    throw new Failure(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

async function trainRecipe(recipe: Recipe, flags: TrainFlags): Promise<number> {
  const training = new TrainingProcess(recipe, flags);
  const follow = async () => {
    for await (const event of training.events()) {
      show(event);
      if (event.type === 'training-done') return exitCode(event);
    }
    return EXIT.failed;
  };
  return interruptible(
    () => training.stop(),
    follow,
    () => training.kill(),
  );
}

function exitCode({ status, message, hint }: Extract<TrainingEvent, { type: 'training-done' }>): number {
  if (status === 'failed') console.error([message, hint].filter(Boolean).join(' '));
  return status === 'failed' ? EXIT.failed : EXIT.done;
}

/** The line of the last step stands on a terminal alone; in a file it would be one of thousands. */
function show(event: TrainingEvent): void {
  if (event.type === 'training-started')
    console.log(`${event.trained.toLocaleString('en')} parameters train, ${event.steps - event.from} steps to go`);
  if (event.type === 'training-preparing') console.log(`${event.label}: ${event.done} of ${event.of}`);
  if (event.type === 'training-step') showStep(event);
  if (event.type === 'training-evaluated') {
    if (process.stdout.isTTY) process.stdout.write('\n');
    showEvaluation(event);
  }
  if (event.type === 'training-saved') console.log(`saved ${event.folder}`);
}

function showEvaluation({
  step,
  loss,
  figures,
  accuracy,
}: Extract<TrainingEvent, { type: 'training-evaluated' }>): void {
  const held = [`held out after step ${step}: loss ${loss.toFixed(3)}`, ...figureTexts(figures)];
  if (accuracy) held.push(`${percent(accuracy)} of ${accuracy.n} answers right`);
  console.log(held.join('  '));
  for (const [kind, score] of Object.entries(accuracy?.kinds ?? {})) console.log(`    ${kind} ${percent(score)}`);
}

function figureTexts(figures: Readonly<Record<string, number>>): string[] {
  return Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(3)}`);
}

type StepEvent = Extract<TrainingEvent, { type: 'training-step' }>;

/** Milliseconds between two lines of a log. */
const LOG_MS = 10_000;
let logged = 0;

function showStep(event: StepEvent): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${stepLine(event)}\x1b[K`);
  else if (performance.now() - logged > LOG_MS) {
    logged = performance.now();
    console.log(stepLine(event));
  }
}

function stepLine({ step, loss, figures, stepsPerSecond, waited, secondsLeft }: StepEvent): string {
  const left = `${Math.floor(secondsLeft / 60)}:${String(Math.floor(secondsLeft % 60)).padStart(2, '0')} left`;
  return [
    `step ${step}`,
    `loss ${loss.toFixed(3)}`,
    ...figureTexts(figures),
    `${stepsPerSecond.toFixed(2)} steps/s`,
    `waited ${(100 * waited).toFixed(0)} %`,
    left,
  ].join('  ');
}

function percent({ n, right }: Pick<Accuracy, 'n' | 'right'>): string {
  return `${((100 * right) / n).toFixed(1)} %`;
}

function minutes(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of minutes above 0');
  return value;
}
