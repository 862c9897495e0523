import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addCompare } from './cli/compare.ts';
import { addData } from './cli/data.ts';
import { addDiff } from './cli/diff.ts';
import { addEndpoints } from './cli/endpoints.ts';
import { addEstimate } from './cli/estimate.ts';
import { addEval } from './cli/eval.ts';
import { describeFailure, EXIT } from './cli/failure.ts';
import { addJudge } from './cli/judge.ts';
import { addModels } from './cli/models.ts';
import { addNodes } from './cli/nodes.ts';
import { addReason } from './cli/reason.ts';
import { addRollouts } from './cli/rollouts.ts';
import { addRun } from './cli/run.ts';
import { addServe } from './cli/serve.ts';
import { addTrain } from './cli/train.ts';
import { addValidate } from './cli/validate.ts';

/** `patchbay <command>`. Exit codes: 0 done, 1 the graph failed, 2 bad usage or bad file, 130 cancelled. */
const program = new Command('patchbay')
  .description(packageJson.description)
  .version(packageJson.version)
  .exitOverride();

for (const add of [
  addRun,
  addEstimate,
  addValidate,
  addDiff,
  addNodes,
  addServe,
  addTrain,
  addRollouts,
  addJudge,
  addEval,
  addCompare,
  addReason,
  addData,
  addEndpoints,
  addModels,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const { line, code } = describeFailure(error);
    console.error(line);
    process.exitCode = code;
  }
}
