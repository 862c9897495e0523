import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { NodeError } from '../../../nodes/run.ts';
import { type ConnectorRecipe, parseRecipe } from '../../../nodes/training/recipe.ts';
import type { TrainingEntry } from '../contract.ts';
import { errorOf } from '../executor/trouble.ts';
import type { TrainingEstimate, TrainingEvent } from './events.ts';
import { measureTraining, TrainingProcess } from './process.ts';

/** Trainings that the app asked for, one at a time. What the last one said is kept, for whoever asks later. */
export class Trainings {
  private training: Training | undefined;
  private measuring: AbortController | undefined;

  /** Rejects where the recipe cannot train, or while another trains: both would be measured wrong. */
  async estimate(recipe: ConnectorRecipe, signal?: AbortSignal): Promise<TrainingEstimate> {
    this.requireNone();
    this.measuring?.abort();
    const measuring = new AbortController();
    this.measuring = measuring;
    return await measureTraining(checked(recipe), AbortSignal.any([measuring.signal, ...(signal ? [signal] : [])]));
  }

  /** Returns its id. Throws a `NodeError` while another trains. */
  start(recipe: ConnectorRecipe): string {
    this.requireNone();
    this.measuring?.abort();
    this.training = new Training(checked(recipe));
    return this.training.id;
  }

  events(id: string): AsyncGenerator<TrainingEvent, void, void> {
    return this.find(id).events();
  }

  stop(id: string): void {
    this.find(id).stop();
  }

  current(): TrainingEntry | null {
    const { training } = this;
    return training && !training.done ? { id: training.id, recipe: training.recipe } : null;
  }

  /** Ends the processes; what was not saved is lost. */
  close(): void {
    this.measuring?.abort();
    this.training?.kill();
  }

  private find(id: string): Training {
    if (this.training?.id !== id) throw new NodeError('This training is over.', 'Start another.');
    return this.training;
  }

  private requireNone(): void {
    const { training } = this;
    if (training && !training.done)
      throw new NodeError(`"${training.recipe.name}" is being trained.`, 'Wait for its end, or stop it.');
  }
}

class Training {
  readonly id = randomUUID();
  private readonly process: TrainingProcess;
  private readonly said: TrainingEvent[] = [];
  private readonly news = new EventEmitter().setMaxListeners(0);
  private stopping = false;

  constructor(readonly recipe: ConnectorRecipe) {
    this.process = new TrainingProcess(recipe);
    void this.follow();
  }

  get done(): boolean {
    return this.said.at(-1)?.type === 'training-done';
  }

  async *events(): AsyncGenerator<TrainingEvent, void, void> {
    for (let at = 0; ; ) {
      for (let event = this.said[at]; event; event = this.said[++at]) yield event;
      if (this.done) return;
      await once(this.news, 'news');
    }
  }

  stop(): void {
    this.stopping = true;
    if (this.started) this.process.stop();
    else this.process.kill();
  }

  kill(): void {
    this.process.kill();
  }

  private get started(): boolean {
    return this.said.some(({ type }) => type === 'training-started');
  }

  private async follow(): Promise<void> {
    try {
      for await (const event of this.process.events()) this.add(event);
    } catch (error) {
      this.add({ type: 'training-done', status: 'failed', ...errorOf(error) });
    }
  }

  private add(event: TrainingEvent): void {
    // One that was stopped before its first step has been ended: that is no failure.
    const asked = event.type === 'training-done' && this.stopping && !this.started;
    const told: TrainingEvent = asked ? { type: 'training-done', status: 'stopped' } : event;
    this.said.push(told);
    this.news.emit('news');
  }
}

function checked(recipe: ConnectorRecipe): ConnectorRecipe {
  try {
    return parseRecipe(recipe) as ConnectorRecipe;
  } catch (error) {
    throw new NodeError(`This cannot be trained: ${error instanceof Error ? error.message : error}.`);
  }
}
