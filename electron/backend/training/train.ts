import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AnswerSpan, Batch } from '../../../nodes/training/batch.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { evaluationEvery, learningRate } from '../../../nodes/training/schedule.ts';
import { type BuiltGraph, evaluationGraph, stepGraph } from '../../../nodes/training/step.ts';
import { initialState, Trainer } from '../../../nodes/training/trainer.ts';
import { removeLeftovers } from '../documents/save.ts';
import { loaderScript, trainedModels } from '../paths.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Accuracy, TrainingEvent } from './events.ts';
import { BatchLoader, loaderData } from './loader.ts';
import { type Prepared, prepare } from './prepare.ts';
import { saveModels } from './save.ts';
import { type TrainingSession, trainingSession } from './session.ts';

export interface TrainingOptions {
  /** Goes on from the checkpoint of this recipe, if there is one. */
  readonly resume?: boolean;
  /** Stops, and saves, after this long. */
  readonly minutes?: number;
}

/** Milliseconds between two reports of steps. */
const REPORT_MS = 500;
const CHECKPOINT_MS = 60_000;
/** Of an evaluation. */
export const EVALUATION_BATCHES = 8;

/**
 * Trains what the recipe says, until its last step, the time limit or `signal`; then saves the models as `trained:…`, with
 * what was reached. Emits events; rejects where it cannot train.
 */
export async function train(
  recipe: Recipe,
  options: TrainingOptions,
  signal: AbortSignal,
  emit: (event: TrainingEvent) => void,
): Promise<void> {
  const { schedule } = recipe;
  const checkpointPath = join(trainedModels(), recipe.name, 'checkpoint.safetensors');
  await mkdir(dirname(checkpointPath), { recursive: true });
  await removeLeftovers(dirname(checkpointPath));
  const prepared = await prepare(recipe);
  const subject = { recipe, models: prepared.models };
  const resumed = options.resume ? await loadCheckpoint(checkpointPath, subject) : undefined;
  const { task, frozen } = prepared;
  const step = stepGraph(task.trainee, schedule);
  const evaluation = evaluationGraph(task.trainee);
  const sessions = {
    step: await trainingSession(step.graph, frozen),
    evaluation: await trainingSession(evaluation.graph, frozen),
  };
  const data = loaderData(recipe);
  await prepared.ready(data, EVALUATION_BATCHES * schedule.batch, emit);
  const from = resumed?.step ?? 0;
  const loader = new BatchLoader(loaderScript(), data, (n) => ({ split: 'train', index: from + n }));
  try {
    const figures = figureNames(step);
    const evaluated = evaluation.graph.outputs.map(({ name }) => name);
    const state = resumed?.state ?? initialState(step.layout, recipe.seed, prepared.start);
    const trainer = new Trainer(sessions.step, schedule, figures, state, from);
    const held = await heldBatches(data);
    const trained = step.layout.size;
    emit({ type: 'training-started', trained, steps: schedule.steps, from: trainer.steps });
    const clock = new Clock(resumed?.ms ?? 0, schedule.steps - trainer.steps);
    const checkpoint = (): Checkpoint => ({ state: trainer.state, step: trainer.steps, ms: clock.ms });
    const limit = options.minutes === undefined ? Number.POSITIVE_INFINITY : options.minutes * 60_000;
    const every = evaluationEvery(schedule.steps);
    while (trainer.steps < schedule.steps && !signal.aborted && clock.elapsed < limit) {
      const batch = await loader.next();
      const report = await trainer.step(prepared.feeds(batch, 'train'));
      clock.step();
      if (clock.due('report', REPORT_MS) || report.step === schedule.steps)
        emit({
          type: 'training-step',
          ...report,
          rate: learningRate(schedule, report.step - 1),
          stepsPerSecond: clock.stepsPerSecond,
          waited: loader.waitedMs / clock.elapsed,
          secondsLeft: Math.min(clock.secondsLeft, (limit - clock.elapsed) / 1000),
        });
      if (report.step % every === 0 && report.step < schedule.steps)
        emit({
          type: 'training-evaluated',
          step: report.step,
          ...(await evaluate(sessions.evaluation, evaluated, trainer, prepared, held)),
        });
      if (clock.due('checkpoint', CHECKPOINT_MS)) await saveCheckpoint(checkpointPath, subject, checkpoint());
    }
    // Stopped before anything was learned: there is nothing to keep.
    if (trainer.steps === 0) return emit({ type: 'training-done', status: 'stopped' });
    await saveCheckpoint(checkpointPath, subject, checkpoint());
    const reached = await evaluate(sessions.evaluation, evaluated, trainer, prepared, held);
    const unseen =
      recipe.task === 'connector' && (await evaluate(sessions.evaluation, evaluated, trainer, prepared, held, true));
    emit({
      type: 'training-evaluated',
      step: trainer.steps,
      ...reached,
      ...(unseen && { blind: unseen.accuracy }),
    });
    const folders = await saveModels(recipe, task, step.layout, trainer, clock.ms);
    for (const folder of folders) emit({ type: 'training-saved', folder, step: trainer.steps });
    emit({ type: 'training-done', status: trainer.steps < schedule.steps ? 'stopped' : 'finished' });
  } finally {
    await loader.close();
    await sessions.step.release();
    await sessions.evaluation.release();
  }
}

function figureNames({ graph }: BuiltGraph): string[] {
  const known = /^(next\.|loss$|norm$)/;
  return graph.outputs.map(({ name }) => name).filter((name) => !known.test(name));
}

async function heldBatches(data: ConstructorParameters<typeof BatchLoader>[1]): Promise<readonly Batch[]> {
  const loader = new BatchLoader(loaderScript(), data, (index) => ({ split: 'validation', index }));
  try {
    const batches: Batch[] = [];
    for (let i = 0; i < EVALUATION_BATCHES; i++) batches.push(await loader.next());
    return batches;
  } finally {
    await loader.close();
  }
}

interface Evaluation {
  readonly loss: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly accuracy?: Accuracy;
}

/** Means over the batches, and the answers that were right; `blind`, with pictures of other scenes. */
async function evaluate(
  session: TrainingSession,
  outputs: readonly string[],
  { state }: Trainer,
  prepared: Prepared,
  batches: readonly Batch[],
  blind = false,
): Promise<Evaluation> {
  const into = Object.fromEntries(outputs.map((name) => [name, null]));
  const means: Record<string, number> = {};
  const kinds: Record<string, { n: number; right: number }> = {};
  for (const batch of batches) {
    const { answers = [] } = batch;
    const feeds = prepared.feeds(batch, 'validation', blind);
    const results = await session.run({ ...feeds, weights: state.weights }, into);
    for (const [name, { data }] of Object.entries(results))
      if (name !== PREDICTED) means[name] = (means[name] ?? 0) + Number(data[0]) / batches.length;
    const predicted = results[PREDICTED]?.data as BigInt64Array;
    const targets = feeds.targets?.data as BigInt64Array;
    for (const span of answers) {
      const name = `${span.world} ${span.kind}`;
      const { n, right } = kinds[name] ?? { n: 0, right: 0 };
      kinds[name] = { n: n + 1, right: right + (isRight(span, predicted, targets) ? 1 : 0) };
    }
  }
  const { loss = Number.NaN, ...figures } = means;
  const all = Object.values(kinds);
  if (all.length === 0) return { loss, figures };
  const sum = (field: 'n' | 'right') => all.reduce((total, kind) => total + kind[field], 0);
  return { loss, figures, accuracy: { n: sum('n'), right: sum('right'), kinds } };
}

/** The likeliest token after each, of tasks that answer. */
const PREDICTED = 'predicted';

/** Every token of the answer is the likeliest after the true ones before it, as greedy decoding would have it. */
function isRight({ from, to }: AnswerSpan, predicted: BigInt64Array, targets: BigInt64Array): boolean {
  for (let i = from; i < to; i++) if (predicted[i] !== targets[i]) return false;
  return true;
}

/** Time of a training: how fast, how long still, and what is due. */
class Clock {
  private readonly started = performance.now();
  private readonly marks = new Map<string, number>();
  private done = 0;

  constructor(
    private readonly before: number,
    private readonly steps: number,
  ) {}

  step(): void {
    this.done += 1;
  }

  /** Milliseconds of this session. */
  get elapsed(): number {
    return performance.now() - this.started;
  }

  /** Milliseconds of training in all. */
  get ms(): number {
    return this.before + this.elapsed;
  }

  get stepsPerSecond(): number {
    return (1000 * this.done) / this.elapsed;
  }

  get secondsLeft(): number {
    return (this.steps - this.done) / this.stepsPerSecond;
  }

  due(what: string, every: number): boolean {
    const now = performance.now();
    if (now - (this.marks.get(what) ?? this.started) < every) return false;
    this.marks.set(what, now);
    return true;
  }
}
