import { type Command, Option } from 'commander';
import type { CompareFlags } from './comparison.ts';
import { wholeNumber } from './numbers.ts';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('run graphs in turns on the same items: accuracy, speed and size of each, and what differs')
    .argument('<graphs...>', 'the graphs, .json files')
    .option(
      '--data <data>',
      'what they are asked about: shapes, digits, visual-arithmetic, a CSV file of image,question,answer, or its folder; else speed alone',
    )
    .addOption(new Option('--split <split>', 'of what is drawn').choices(['test', 'validation']).default('test'))
    .option('--n <items>', 'how many items', wholeNumber(1), 200)
    .option('--repeat <n>', 'timed runs of each graph on each item (5; without --data 10)', wholeNumber(1, 1000))
    .option('--seed <n>', 'draws other scenes of the same split', wholeNumber(0, 0xffffffff), 0)
    .option(
      '--sweep <node.param=v1,v2,…>',
      'a graph for each value; given again, for each combination',
      (value, before: string[]) => [...before, value],
      [],
    )
    .option('--list', 'values of several --sweep go together, the first with the first, not each with each')
    .option('--no-blind', 'does not ask each question with another picture as well')
    .option('--json', 'the result document')
    .option('--csv', 'the rows as CSV')
    .option('--md', 'Markdown tables')
    .option('--out <file>', 'write it there (JSON, unless another is asked for), and print tables')
    .option('--resume', 'go on with the comparison that was stopped while it wrote to --out')
    .action(async (graphs: readonly string[], flags: CompareFlags) => {
      // What draws and judges is not loaded with every command.
      const { compareGraphs } = await import('./comparison.ts');
      process.exitCode = await compareGraphs(graphs, flags);
    });
}
