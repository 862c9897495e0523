import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Split } from '../../nodes/training/data/world.ts';
import { rolloutsFolder } from '../backend/paths.ts';
import { EXIT } from './failure.ts';
import { interruptible } from './interrupt.ts';
import { wholeNumber } from './numbers.ts';

interface RolloutFlags {
  readonly data: 'arithmetic';
  readonly split: Split;
  readonly n: number;
  readonly samples: number;
  readonly completions: number;
  readonly temperature: number;
  readonly seed: number;
  readonly out?: string;
}

export function addRollouts(program: Command): void {
  program
    .command('rollouts')
    .description(
      "a model's solutions of problems, and how often what goes on from each step ends well: verifiers learn from them",
    )
    .argument('<model>', 'a reasoner, tiny:… or trained:…')
    .addOption(new Option('--data <problems>', 'what is solved').choices(['arithmetic']).default('arithmetic'))
    .addOption(new Option('--split <name>', 'which problems').choices(['train', 'validation', 'test']).default('train'))
    .option('--n <problems>', 'how many problems', wholeNumber(1), 4000)
    .option('--samples <n>', 'solutions of a problem', wholeNumber(1, 64), 8)
    .option('--completions <n>', 'texts that go on from a step; 0 leaves steps out', wholeNumber(0, 64), 4)
    .option('--temperature <t>', 'of sampling', above0, 0.8)
    .option('--seed <n>', 'other problems of the same split', wholeNumber(0, 0xffffffff), 1)
    .option('--out <file>', "where to; else the data folder's rollouts/<model>.jsonl, where recipes find it")
    .action(async (model: string, flags: RolloutFlags) => {
      process.exitCode = await roll(model, flags);
    });
}

async function roll(model: string, { out, data: _, ...flags }: RolloutFlags): Promise<number> {
  // ONNX Runtime is not loaded with every command.
  const { rollOut } = await import('../backend/rollouts/roll.ts');
  const { Progress } = await import('./evaluation.ts');
  const path = out ?? join(rolloutsFolder(), `${model.slice(model.indexOf(':') + 1)}.jsonl`);
  const stop = new AbortController();
  const progress = new Progress('problems');
  let share = '';
  const work = async () => {
    await rollOut({ model, ...flags, out: path }, stop.signal, ({ done, solutions, right }) => {
      progress.show(done, flags.n);
      share = `${right} of ${solutions} solutions right (${((100 * right) / solutions).toFixed(1)} %)`;
    });
    console.log(`wrote ${path}: ${share}`);
    return EXIT.done;
  };
  try {
    return await interruptible(() => stop.abort(), work);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.error(`stopped; the same command goes on from ${path}.part`);
    return EXIT.cancelled;
  }
}

function above0(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}
