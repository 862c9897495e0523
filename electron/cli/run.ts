import type { Command } from 'commander';
import { compile } from '../../graphs/compile.ts';
import { milliseconds, si } from '../../graphs/figures.ts';
import { flatIds } from '../../graphs/subgraphs.ts';
import { catalog } from '../../nodes/catalog.ts';
import { type Carried, subgraphReport } from '../../nodes/report.ts';
import { probeDocument } from '../backend/estimate.ts';
import type { NodeReport, RunEvent, RunOptions, RunResult } from '../backend/executor/events.ts';
import { EXIT } from './failure.ts';
import { inFile, loadGraph, startEngine } from './graph.ts';
import { interruptible } from './interrupt.ts';
import { wholeNumber } from './numbers.ts';
import { table } from './table.ts';

interface RunFlags extends RunOptions {
  readonly json?: boolean;
  readonly set: readonly string[];
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run a graph and print what every node took and made')
    .argument('<graph>', 'the graph, a .json file')
    .option('--json', 'print the result as JSON')
    .option('--set <node.param=value>', 'override a parameter (may be repeated)', collect, [])
    .option('--repeat <n>', 'run every node n times, for a warm median', wholeNumber(1, 50))
    .option('--to <node>', 'run only what this node needs (may be repeated)', collect)
    .option('--from <node>', 'run this node and what depends on it, and what they need (may be repeated)', collect)
    .option('--provider <name>', 'execution provider: auto, cpu, cuda, webgpu, …')
    .option('--profile', "take ONNX Runtime's profile: the share of operators that fell back, and where time went")
    .action(async (graph: string, flags: RunFlags) => {
      process.exitCode = await runGraph(graph, flags);
    });
}

async function runGraph(path: string, { json, set, ...options }: RunFlags): Promise<number> {
  const { document, carried, folder } = await loadGraph(path, set);
  const engine = startEngine();
  try {
    const { facts } = await probeDocument(document, (kind, params) => engine.probe(kind, params, folder));
    const [to, from] = [options.to, options.from].map((ids) => ids && flatIds({ document }, ids));
    const plan = inFile(path, () =>
      compile(document, catalog, { ...options, ...(to && { to }), ...(from && { from }), facts }),
    );
    for (const [id, why] of Object.entries(plan.idle)) console.error(`${id}: not run, ${why}`);
    const stop = { run: '' };
    const follow = async () => {
      let result: RunResult | undefined;
      for await (const event of engine.run(plan, options, folder)) {
        if (event.type === 'run-started') stop.run = event.run;
        if (event.type === 'run-done') result = event.result;
        if (!json) showProgress(event);
      }
      return result;
    };
    const result = await interruptible(() => engine.cancel(stop.run), follow);
    if (!result) return EXIT.failed;
    const subgraphs = subgraphsIn(result, carried);
    if (json) console.log(JSON.stringify({ ...result, ...(subgraphs && { subgraphs }) }, withoutPreviews, 2));
    else console.log(resultTable(result, subgraphs));
    for (const line of [...notUsed(result), ...failures(path, result)]) console.error(line);
    return { finished: EXIT.done, failed: EXIT.failed, cancelled: EXIT.cancelled }[result.status];
  } finally {
    await engine.close();
  }
}

/** Pictures for the canvas have no place in a result that is read or kept. */
const withoutPreviews = (key: string, value: unknown) => (key === 'preview' ? undefined : value);

/** What happens goes to stderr as it happens, so that stdout holds the table alone. */
function showProgress(event: RunEvent): void {
  const write = (text: string) => process.stderr.write(text);
  if (event.type === 'node-loading') write(`${event.node}: loading\n`);
  if (event.type === 'node-started') write(`${event.node}: running${event.why ? ` (${event.why})` : ''}\n`);
  if (event.type === 'node-text') write(event.text);
  if (event.type === 'node-progress' && process.stderr.isTTY)
    write(`\r${event.node}: ${event.label} ${event.done}/${event.of}${event.done === event.of ? '\n' : ''}`);
  if (event.type === 'node-done') write(`${event.node}: ${event.report.status}\n`);
}

/** A provider that was asked for and did not run is said, never silently replaced. */
function provider({ provider }: NodeReport): string {
  if (!provider) return '';
  const { asked, ran, fallback } = provider;
  const elsewhere = fallback ? `, ${(100 * fallback).toFixed(0)} % elsewhere` : '';
  return asked === 'auto' || asked === ran ? ran + elsewhere : `${ran} (asked ${asked})${elsewhere}`;
}

/** Why providers before the one that ran were not used, each once. */
function notUsed({ nodes }: RunResult): readonly string[] {
  const reasons = Object.values(nodes).flatMap(({ provider }) => provider?.reason ?? []);
  return [...new Set(reasons)].map((reason) => `not used: ${reason}`);
}

/**
 * Sums of the subgraphs that ran, by node. They stand beside the nodes, not among them: what is summed over nodes counts
 * each once.
 */
function subgraphsIn({ nodes }: RunResult, carried: Carried): RunResult['nodes'] | undefined {
  const sums = [...carried.keys()].flatMap((id) => {
    const inner = Object.keys(nodes).filter((each) => each.startsWith(`${id}/`));
    const report = subgraphReport(id, (each) => nodes[each], inner, carried);
    return report ? [[id, report] as const] : [];
  });
  return sums.length > 0 ? Object.fromEntries(sums) : undefined;
}

/** Reports in the order in which they ran, those in a subgraph below its sum with their names indented. */
function lines(nodes: RunResult['nodes'], subgraphs: RunResult['nodes'] = {}, around = ''): [string, NodeReport][] {
  const indent = '  '.repeat(around.split('/').length - 1);
  const inner = Object.keys(nodes).filter((id) => id.startsWith(around));
  const names = new Set(inner.map((id) => id.slice(around.length).split('/')[0] ?? ''));
  return [...names].flatMap((name): [string, NodeReport][] => {
    const id = around + name;
    const report = nodes[id] ?? subgraphs[id];
    if (!report) return [];
    const below = subgraphs[id] ? lines(nodes, subgraphs, `${id}/`) : [];
    return [[indent + name, report], ...below];
  });
}

function resultTable(result: RunResult, subgraphs?: RunResult['nodes']): string {
  const rows = lines(result.nodes, subgraphs).map(([name, report]) => [
    name,
    report.kind,
    report.status,
    provider(report),
    milliseconds(report.ms?.load),
    milliseconds(report.ms?.first),
    milliseconds(report.ms?.warm),
    tokens(report),
    report.rate ? report.rate.tokensPerSecond.toFixed(1) : '',
    si(report.parameters),
    si(report.flops),
    si(report.bytes?.peak, 'B'),
    whole(report),
    operators(report),
    made(report),
  ]);
  const head = [
    'node',
    'kind',
    'status',
    'provider',
    'load ms',
    'first ms',
    'warm ms',
    'tokens',
    'tok/s',
    'params',
    'FLOPs',
    'peak',
    'whole model, extrapolated',
    'most time in',
    'output',
  ];
  const columns = head
    .map((_, column) => column)
    .filter((column) => column === 0 || rows.some((row) => row[column] !== ''));
  const pick = (row: readonly string[]) => columns.map((column) => row[column] ?? '');
  return `${table(pick(head), rows.map(pick))}\n\n${result.graph}: ${result.status} in ${milliseconds(result.totalMs)} ms`;
}

/** `24 prompt + 576 visual + 32 answer` */
function tokens(report: NodeReport): string {
  return Object.entries(report.tokens ?? {})
    .filter(([, count]) => count > 0)
    .map(([source, count]) => `${count} ${source}`)
    .join(' + ');
}

/** What k layers measured, scaled to all: `4 of 32 layers: 6.74 G params, 1,234 ms`. */
function whole({ extrapolated }: NodeReport): string {
  if (!extrapolated) return '';
  const { measuredLayers, layers, parameters, warmMs } = extrapolated;
  return `from ${measuredLayers} of ${layers} layers: ${si(parameters)} params, ${milliseconds(warmMs)} ms`;
}

/** `MatMul 81.2 ms, Gelu 3.10 ms`: the three operators that took longest, where a profile was taken. */
function operators(report: NodeReport): string {
  const longest = (report.operators ?? []).slice(0, 3);
  return longest.map(({ operator, ms }) => `${operator} ${milliseconds(ms)} ms`).join(', ');
}

function made(report: NodeReport): string {
  const texts = Object.values(report.outputs ?? {}).map((output) => {
    if (output.type === 'answer' || output.type === 'text') return JSON.stringify(shorten(output.text));
    if (output.type === 'image') return `${output.count} × ${output.width} × ${output.height} px`;
    if (output.type === 'features' || output.type === 'embeddings')
      return `${output.type} [${output.count}, ${output.tokens}, ${output.width}]`;
    if (output.type === 'table') return `table of ${output.rows.length} × ${output.columns.length}`;
    if (output.type === 'score') return `${output.meaning} ${output.value.toPrecision(4)}`;
    if (output.type === 'nothing') return `(${output.why})`;
    if ('summary' in output) return output.summary;
    return 'stats' in output && output.stats ? `${output.type} [${output.stats.dims.join(', ')}]` : output.type;
  });
  return [...texts, ...(report.caveat ? [`(${report.caveat})`] : [])].join(' ');
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

function failures(path: string, result: RunResult): string[] {
  const nodes = Object.entries(result.nodes).flatMap(([id, { error }]) =>
    error ? `${path}: nodes.${id}: ${error.message}${error.hint ? ` ${error.hint}` : ''}` : [],
  );
  return nodes.length === 0 && result.error ? [`${path}: ${result.error.message}`] : nodes;
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
