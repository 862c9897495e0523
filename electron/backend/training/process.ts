import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { NodeError } from '../../../nodes/run.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { MALLOC_ENV } from '../engine/process.ts';
import { trainingScript } from '../paths.ts';
import type { TrainingEstimate, TrainingEvent } from './events.ts';
import type { FromTrainer, ToTrainer } from './main.ts';
import type { TrainingOptions } from './train.ts';

/** A training in a process of its own: a crash or a full memory there ends the training alone. */
export class TrainingProcess {
  private readonly child: ChildProcess;

  constructor(recipe: Recipe, options: TrainingOptions = {}) {
    this.child = startTrainer({ type: 'train', recipe, options });
  }

  /** The last event is always `training-done`. */
  async *events(): AsyncGenerator<TrainingEvent, void, void> {
    for await (const message of messages(this.child)) if (message.type !== 'training-estimated') yield message;
  }

  /** Asks it to stop after the step that runs, and to save what it has. */
  stop(): void {
    send(this.child, { type: 'stop' });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Measures what a training would take, in a process of its own, which ends with `signal`. Rejects where it cannot train. */
export async function measureTraining(recipe: Recipe, signal: AbortSignal): Promise<TrainingEstimate> {
  const child = startTrainer({ type: 'estimate', recipe });
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  try {
    for await (const message of messages(child)) {
      if (message.type === 'training-estimated') return message.estimate;
      if (message.type === 'training-done') throw new NodeError(message.message ?? 'It cannot train.', message.hint);
    }
    throw new Error('the measuring process said nothing');
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function startTrainer(first: ToTrainer): ChildProcess {
  const child = fork(trainingScript(), {
    // In the desktop app the child is to be Node, not another app.
    env: { ...process.env, ...MALLOC_ENV, ELECTRON_RUN_AS_NODE: '1' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  send(child, first);
  return child;
}

function send(child: ChildProcess, message: ToTrainer): void {
  if (child.connected) child.send(message);
}

/** Until the process is done, or ended otherwise. */
async function* messages(child: ChildProcess): AsyncGenerator<FromTrainer, void, void> {
  child.once('exit', (code, signal) => {
    child.emit('message', {
      type: 'training-done',
      status: 'failed',
      message: `The training process ended unexpectedly (${signal ?? `code ${code}`}).`,
      hint: 'There may not be enough memory: train with a smaller batch.',
    } satisfies TrainingEvent);
  });
  for await (const [message] of on(child, 'message')) {
    yield message as FromTrainer;
    if (message.type === 'training-done' || message.type === 'training-estimated') return;
  }
}
