import type { Command } from 'commander';
import { DocumentError } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { validate } from '../../graphs/validate.ts';
import { catalog } from '../../nodes/catalog.ts';
import { readDocument } from '../backend/documents/open.ts';
import { EXIT } from './failure.ts';

export function addValidate(program: Command): void {
  program
    .command('validate')
    .description('say everything that is wrong with a graph, one line each')
    .argument('<file>', 'the graph, a .json file')
    .action(async (file: string) => {
      const problems = problemsOf(await readDocument(file));
      for (const { path, message, hint } of problems)
        console.error(`${file}: ${path ? `${path}: ` : ''}${message}${hint ? `. ${hint}` : ''}`);
      if (problems.length === 0) console.log(`${file}: ok`);
      process.exitCode = problems.length === 0 ? EXIT.done : EXIT.usage;
    });
}

function problemsOf(text: string) {
  try {
    return validate(parse(text), catalog);
  } catch (error) {
    if (error instanceof DocumentError) return error.problems;
    throw error;
  }
}
