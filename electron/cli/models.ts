import type { Command } from 'commander';
import type { GraphFlags } from './models-graph.ts';

export interface PullFlags {
  readonly variant?: string;
  readonly json?: boolean;
}

export function addModels(program: Command): void {
  const models = program.command('models').description('models on this machine, and on the Hub');
  models
    .command('pull')
    .description('download a model from the Hub, or check the files of one in a folder')
    .argument('<model>', 'owner/name, owner/name@revision, or a folder (./models/mine)')
    .option('--variant <precision>', 'fp32, fp16, q8, q4, q4f16, …; else the one that fits this machine')
    .option('--json', 'what came, as JSON')
    .action(async (model: string, flags: PullFlags) => {
      const { pullModel } = await import('./models-pull.ts');
      process.exitCode = await pullModel(model, flags);
    });
  models
    .command('list')
    .description('what is here: downloaded, trained, shipped')
    .option('--json', 'with folders, and which graphs name each, as JSON')
    .action(async (flags: { readonly json?: boolean }) => {
      const { printModels } = await import('./models-here.ts');
      await printModels(flags);
    });
  models
    .command('remove')
    .description('delete a downloaded or a trained model')
    .argument('<model>', 'hf:owner/name@revision or trained:name, as in the list')
    .action(async (model: string) => {
      const { removeHere } = await import('./models-here.ts');
      await removeHere(model);
    });
  models
    .command('graph')
    .description('make a graph of a model: a picture, a question, and its parts')
    .argument('<model>', 'hf:owner/name@revision, or a folder')
    .option('--out <file>', 'where to write it; else it is printed')
    .action(async (model: string, flags: GraphFlags) => {
      const { printGraph } = await import('./models-graph.ts');
      await printGraph(model, flags);
    });
  models
    .command('path')
    .description('print the folder of a model')
    .argument('<model>', 'hf:owner/name@revision, trained:name or tiny:name')
    .action(async (model: string) => {
      const { pathOf } = await import('./models-here.ts');
      console.log(await pathOf(model));
    });
}
