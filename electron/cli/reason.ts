import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from './numbers.ts';
import type { ReasonFlags } from './reasoning.ts';

export function addReason(program: Command): void {
  program
    .command('reason')
    .description('solve problems with more and more compute: accuracy against generated tokens, a line a strategy')
    .argument('<graph>', 'a graph with a search loop, a .json file')
    .addOption(
      new Option('--data <data>', 'the problems')
        .choices(['arithmetic', 'visual-arithmetic', 'digits', 'shapes'])
        .default('arithmetic'),
    )
    .addOption(new Option('--split <split>', 'of the problems').choices(['test', 'validation']).default('test'))
    .option('--n <problems>', 'how many problems', wholeNumber(1, 10_000), 300)
    .option('--budgets <k1,k2,…>', 'candidates of a problem', numbers, [1, 2, 4, 8, 16, 32, 64])
    .option('--strategies <a,b,…>', 'of the search loop; else all that the graph can run', names, [])
    .option(
      '--verifiers <model,…>',
      "models for the verifier's node in turn, shown the same candidates; trees are searched by the first",
      names,
      [],
    )
    .option('--seed <n>', 'draws other problems, and other candidates', wholeNumber(0, 0xffffffff), 0)
    .option('--json', 'the result document')
    .option('--csv', 'the points as CSV')
    .option('--md', 'Markdown tables')
    .option('--out <file>', 'write it there (JSON, unless another is asked for), and print tables')
    .option('--resume', 'go on with the measurement that was stopped while it wrote to --out')
    .action(async (graph: string, flags: ReasonFlags) => {
      // What draws problems and judges is not loaded with every command.
      const { reasonOver } = await import('./reasoning.ts');
      process.exitCode = await reasonOver(graph, flags);
    });
}

/** `1,2,4` */
function numbers(text: string): number[] {
  const read = wholeNumber(1, 1024);
  return names(text).map(read);
}

/** `a,b` */
function names(text: string): string[] {
  const found = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (found.length === 0) throw new InvalidArgumentError('expected names with commas between them.');
  return found;
}
