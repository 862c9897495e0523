import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Batch } from '../../../nodes/training/batch.ts';
import { languageOf, type Recipe } from '../../../nodes/training/recipe.ts';
import { rolloutsFolder, shippedTokenizer } from '../paths.ts';
import type { LoaderData, Wanted } from './loader-worker.ts';

/** Where the loader finds what a recipe's batches are made of. */
export function loaderData(recipe: Recipe): LoaderData {
  return {
    recipe,
    tokenizer: shippedTokenizer(languageOf(recipe)),
    ...('rollouts' in recipe && { rollouts: join(rolloutsFolder(), `${recipe.rollouts}.jsonl`) }),
  };
}

/** Batches that are made before they are wanted. */
const AHEAD = 4;

/** Batches of a recipe, made ahead on another thread, in order. */
export class BatchLoader {
  private readonly worker: Worker;
  private readonly arrived: Batch[] = [];
  private asked = 0;
  private waiting: { readonly resolve: (batch: Batch) => void; readonly reject: (error: Error) => void } | undefined;
  private broken: Error | undefined;
  /** Milliseconds that `next` waited, in all. */
  waitedMs = 0;

  /** `wanted` says what the n-th batch is, from 0 on. `script`: the built loader-worker.ts. */
  constructor(
    script: string,
    data: LoaderData,
    private readonly wanted: (n: number) => Wanted,
  ) {
    this.worker = new Worker(script, { workerData: data });
    const fail = (error: Error) => {
      this.broken ??= error;
      this.waiting?.reject(error);
    };
    this.worker.on('message', (answer: Batch | Error) => {
      if (answer instanceof Error) return fail(answer);
      if (!this.waiting) return void this.arrived.push(answer);
      this.waiting.resolve(answer);
      this.waiting = undefined;
    });
    this.worker.on('error', fail);
    for (let i = 0; i < AHEAD; i++) this.want();
  }

  async next(): Promise<Batch> {
    const started = performance.now();
    const batch = this.arrived.shift() ?? (await this.arrival());
    this.waitedMs += performance.now() - started;
    this.want();
    return batch;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private arrival(): Promise<Batch> {
    if (this.broken) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private want(): void {
    this.worker.postMessage(this.wanted(this.asked));
    this.asked += 1;
  }
}
