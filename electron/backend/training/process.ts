import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { MALLOC_ENV } from '../engine/process.ts';
import { trainingScript } from '../paths.ts';
import type { TrainingEvent } from './events.ts';
import type { ToTrainer } from './main.ts';
import type { TrainingOptions } from './train.ts';

/** A training in a process of its own: a crash or a full memory there ends the training alone. */
export class TrainingProcess {
  private readonly child: ChildProcess;

  constructor(recipe: Recipe, options: TrainingOptions = {}) {
    this.child = fork(trainingScript(), {
      env: { ...process.env, ...MALLOC_ENV },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.send({ type: 'train', recipe, options });
  }

  /** The last event is always `training-done`. */
  async *events(): AsyncGenerator<TrainingEvent, void, void> {
    const over = new AbortController();
    this.child.once('exit', (code, signal) => {
      this.child.emit('message', {
        type: 'training-done',
        status: 'failed',
        message: `The training process ended unexpectedly (${signal ?? `code ${code}`}).`,
        hint: 'There may not be enough memory: train with a smaller batch.',
      } satisfies TrainingEvent);
    });
    for await (const [event] of on(this.child, 'message', { signal: over.signal })) {
      yield event as TrainingEvent;
      if ((event as TrainingEvent).type === 'training-done') return;
    }
  }

  /** Asks it to stop after the step that runs, and to save what it has. */
  stop(): void {
    this.send({ type: 'stop' });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private send(message: ToTrainer): void {
    if (this.child.connected) this.child.send(message);
  }
}
