import type { Command } from 'commander';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { diff, inWords } from '../../graphs/diff.ts';
import { catalog } from '../../nodes/catalog.ts';
import { loadGraph } from './graph.ts';

export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('say in words how two graphs differ: nodes, kinds, parameters, wires')
    .argument('<a>', 'a graph, a .json file')
    .argument('<b>', 'another')
    .option('--json', 'print the differences as JSON')
    .action(async (...[pathA, pathB, { json }]: [string, string, { readonly json?: boolean }]) => {
      const [a, b] = await Promise.all([pathA, pathB].map(loadWithoutDefaults));
      if (!a || !b) throw new Error('two paths gave no two graphs');
      const changes = diff(a, b);
      if (json) console.log(JSON.stringify({ a: pathA, b: pathB, changes }, null, 2));
      else
        for (const line of changes.length > 0 ? inWords(changes, a, b, catalog) : ['no difference']) console.log(line);
    });
}

/** A parameter that is written out is the same as one that is left at that value. */
async function loadWithoutDefaults(path: string) {
  return withoutDefaults((await loadGraph(path)).document, catalog);
}
