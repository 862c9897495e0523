import type { Command } from 'commander';
import { z } from 'zod';
import type { NodeDefinition } from '../../nodes/definition.ts';
import { definitions } from '../../nodes/registry.ts';
import { table } from './table.ts';

export function addNodes(program: Command): void {
  program
    .command('nodes')
    .description('list the node kinds')
    .option('--json', 'with parameters, ports and sources, as JSON')
    .action(({ json }: { json?: boolean }) => {
      console.log(json ? JSON.stringify(definitions.map(describe), null, 2) : list());
    });
}

function list(): string {
  return table(
    ['kind', 'category', 'inputs', 'outputs', 'title'],
    definitions.map((definition) => {
      const { inputs, outputs } = definition.ports(definition.params.parse({}));
      return [
        definition.kind,
        definition.category,
        Object.keys(inputs).join(', '),
        Object.keys(outputs).join(', '),
        definition.title,
      ];
    }),
  );
}

/** Ports are those of the default parameters. */
function describe({ kind, version, title, category, doc, sources, params, ports }: NodeDefinition) {
  return {
    kind,
    version,
    title,
    category,
    doc,
    sources,
    params: z.toJSONSchema(params, { io: 'input' }),
    ports: ports(params.parse({})),
  };
}
