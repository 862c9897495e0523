import { type Command, Option } from 'commander';
import type { EvalFlags } from './evaluate.ts';
import { wholeNumber } from './numbers.ts';

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('ask a graph, or a model, questions about pictures that no model was trained on')
    .argument('<graph | model>', 'a graph, a .json file; or tiny:… or trained:…')
    .addOption(
      new Option('--data <world>', 'what the pictures show, or word problems').choices([
        'shapes',
        'digits',
        'visual-arithmetic',
        'arithmetic',
      ]),
    )
    .addOption(new Option('--split <split>', 'of the items').choices(['test', 'validation']).default('test'))
    .option('--n <items>', 'how many items', wholeNumber(1), 500)
    .option('--blind', "show each question another scene's picture")
    .option('--no-picture', 'show none')
    .option('--as-text', 'put the scene in words before the question, in place of its picture')
    .option('--seed <n>', 'draws other scenes of the same split', wholeNumber(0, 0xffffffff), 0)
    .option('--write-card', 'measure a model in every way, on all that it learned, and put the scores into its card')
    .option('--json', 'print the scores as JSON')
    .action(async (target: string, flags: EvalFlags) => {
      // What draws and judges is not loaded with every command.
      const { evaluate } = await import('./evaluate.ts');
      process.exitCode = await evaluate(target, flags);
    });
}
