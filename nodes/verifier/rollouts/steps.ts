import { itemSeed } from '../../training/batch.ts';
import type { Solution } from '../../training/rollouts.ts';
import type { Beginning } from './continuing.ts';

export interface StepOptions {
  /** Texts that go on from a step, at least, that its share is made of; 0: steps are not looked at. */
  readonly completions: number;
  readonly maxTokens: number;
  /** The token that ends a step. */
  readonly newline: number;
  readonly seed: number;
}

interface Step {
  readonly prefix: readonly number[];
  texts: number;
  right: number;
}

/** The steps of a problem's solutions, those that begin alike as one. */
export class Steps {
  private readonly byPrefix = new Map<string, Step>();
  private readonly right = new Map<readonly number[], boolean>();

  constructor(
    private readonly prompt: readonly number[],
    solutions: readonly (readonly number[])[],
    private readonly judge: (ids: readonly number[]) => boolean,
    private readonly options: StepOptions,
  ) {
    for (const ids of solutions) {
      const right = judge(ids);
      this.right.set(ids, right);
      for (const count of this.endsIn(ids)) {
        const prefix = ids.slice(0, count);
        const step = this.byPrefix.get(`${prefix}`) ?? { prefix, texts: 0, right: 0 };
        this.byPrefix.set(`${prefix}`, step);
        step.texts += 1;
        step.right += Number(right);
      }
    }
  }

  /** Steps that too few texts go on from, and what continues them. */
  wanted(): { readonly prefix: readonly number[]; readonly beginning: Beginning }[] {
    const { completions, maxTokens, seed } = this.options;
    return [...this.byPrefix.values()].flatMap(({ prefix, texts }, index) => {
      const count = completions - texts;
      if (count <= 0 || prefix.length >= maxTokens) return [];
      const seeds = seedsOf(seed, 'completion', count, index);
      return [{ prefix, beginning: { ids: [...this.prompt, ...prefix], seeds, room: maxTokens - prefix.length } }];
    });
  }

  /** A text that went on from a step. */
  note(prefix: readonly number[], ids: readonly number[]): void {
    const step = this.byPrefix.get(`${prefix}`);
    if (!step) throw new Error('no solution has this step');
    step.texts += 1;
    step.right += Number(this.judge([...prefix, ...ids]));
  }

  of(ids: readonly number[]): Pick<Solution, 'right' | 'stepEnds' | 'shares'> {
    const stepEnds = this.endsIn(ids);
    const steps = stepEnds.map((count) => this.byPrefix.get(`${ids.slice(0, count)}`));
    const shares = this.options.completions === 0 ? [] : steps.map((step) => (step ? step.right / step.texts : 0));
    return { right: this.right.get(ids) ?? false, stepEnds, shares };
  }

  private endsIn(ids: readonly number[]): number[] {
    return ids.flatMap((id, at) => (id === this.options.newline ? [at + 1] : []));
  }
}

/** Different ones for solutions and for what goes on from each step. */
export function seedsOf(seed: number, what: 'sample' | 'completion', count: number, index = 0): number[] {
  const stream = what === 'sample' ? seed : itemSeed(seed, 'validation', index);
  return Array.from({ length: count }, (_, i) => itemSeed(stream, 'train', i));
}
