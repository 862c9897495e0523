import type { Command } from 'commander';
import { si } from '../../graphs/figures.ts';
import type { ValueSpec } from '../../nodes/values.ts';
import { checkDocument } from '../backend/estimate.ts';
import { EXIT, Failure } from './failure.ts';
import { loadGraph, startEngine } from './graph.ts';
import { table } from './table.ts';

interface EstimateFlags {
  readonly json?: boolean;
  readonly set: readonly string[];
}

export function addEstimate(program: Command): void {
  program
    .command('estimate')
    .description('say what a graph will cost, without making its weights')
    .argument('<graph>', 'the graph, a .json file')
    .option('--json', 'print the estimate as JSON')
    .option(
      '--set <node.param=value>',
      'override a parameter (may be repeated)',
      (value, before: string[]) => [...before, value],
      [],
    )
    .action(async (graph: string, flags: EstimateFlags) => {
      process.exitCode = await estimate(graph, flags);
    });
}

async function estimate(path: string, flags: EstimateFlags): Promise<number> {
  const { document, folder } = await loadGraph(path, flags.set);
  const engine = startEngine();
  try {
    const check = await checkDocument(document, (kind, params) => engine.probe(kind, params, folder), folder);
    const kindOf = (id: string) => document.nodes[id]?.kind ?? '';
    if (flags.json) {
      const nodes = Object.fromEntries(
        Object.entries(check.nodes).map(([id, { outputs, cost, error }]) => [
          id,
          { kind: kindOf(id), ...cost, outputs, error },
        ]),
      );
      console.log(JSON.stringify({ graph: document.title, total: check.total, nodes }, null, 2));
    } else {
      const rows = [...Object.entries(check.nodes), ['total', { outputs: {}, cost: check.total }] as const].map(
        ([id, node]) => [
          id,
          kindOf(id),
          si(node.cost?.parameters),
          si(node.cost?.flops),
          si(node.cost?.peakBytes, 'B'),
          si(node.cost?.kvCacheBytes, 'B'),
          Object.entries(node.cost?.tokens ?? {})
            .flatMap(([source, n]) => (n ? `${n} ${source}` : []))
            .join(' + '),
          Object.entries(node.outputs)
            .map(([port, spec]) => describeSpec(port, spec))
            .join(', '),
        ],
      );
      console.log(table(['node', 'kind', 'params', 'FLOPs', 'peak', 'KV cache', 'tokens', 'outputs'], rows));
    }
    const problems = [
      ...check.problems.map(({ path: place, message }) => `${path}: ${place}: ${message}`),
      ...Object.entries(check.nodes).flatMap(([id, { error }]) => (error ? `${path}: nodes.${id}: ${error}` : [])),
    ];
    for (const problem of problems) console.error(problem);
    if (check.engine)
      throw new Failure([`${path}: ${check.engine.message}`, check.engine.hint ?? []].flat().join(' '), EXIT.failed);
    return problems.length > 0 ? EXIT.usage : EXIT.done;
  } finally {
    await engine.close();
  }
}

function describeSpec(port: string, spec: ValueSpec): string {
  if (spec.type === 'features' || spec.type === 'embeddings')
    return `${port} [${spec.count}, ${spec.tokens}, ${spec.width}]`;
  if (spec.type === 'image') return `${port} ${spec.count} × ${spec.width} × ${spec.height} px`;
  if ('dims' in spec && spec.dims) return `${port} [${spec.dims.join(', ')}]`;
  return port;
}
