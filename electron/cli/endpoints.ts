import { text as wholeText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { PROTOCOLS, type ServedModel } from '../../nodes/endpoint/connection.ts';
import { shapeText } from '../../nodes/file-ports.ts';
import { Endpoints } from '../backend/endpoints/endpoints.ts';
import type { EndpointEntry } from '../backend/endpoints/schema.ts';
import { EXIT, Failure } from './failure.ts';
import { wholeNumber } from './numbers.ts';
import { table } from './table.ts';

interface AddFlags {
  readonly protocol?: string;
  readonly model?: string;
  readonly silence?: number;
  readonly keyStdin?: boolean;
}

/** `patchbay endpoints …`: model servers that graphs name as endpoint:<name>. A key is never an argument: others see those. */
export function addEndpoints(program: Command): void {
  const endpoints = new Endpoints();
  const command = program
    .command('endpoints')
    .description('model servers that graphs name as endpoint:<name>: list, add, test, remove');
  command
    .command('list')
    .description('those that are written down, and those of PATCHBAY_ENDPOINT_<NAME>_URL')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const entries = await endpoints.list();
      console.log(json ? JSON.stringify(entries, null, 2) : listed(entries));
    });
  command
    .command('add')
    .description('write a server down, or change it')
    .argument('<name>', 'small letters, digits and hyphens')
    .argument('<url>', 'as http://127.0.0.1:8000/v1')
    .option('--protocol <name>', `what it speaks: ${PROTOCOLS.join(' or ')}`, 'openai')
    .option('--model <name>', 'the model to ask where a graph names none')
    .option('--silence <s>', 'longest silence before a request is given up', wholeNumber(1, 300))
    .option('--key-stdin', 'read its key from standard input')
    .action(async (name: string, url: string, { keyStdin, ...settings }: AddFlags) => {
      const key = keyStdin ? (await wholeText(process.stdin)).trim() : undefined;
      await endpoints.save({ name, url, ...settings, ...(key !== undefined && { key }) });
      console.log(`endpoint:${name} is written down. patchbay endpoints test ${name} asks it what it serves.`);
    });
  command
    .command('remove')
    .description('forget a server and its key')
    .argument('<name>')
    .action((name: string) => endpoints.remove(name));
  command
    .command('test')
    .description('ask a server what it serves; no model is run')
    .argument('<name>')
    .option('--json', 'as JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const report = await endpoints
        .test(name, new AbortController().signal)
        .catch((error: Error & { hint?: string }) => {
          throw new Failure([error.message, error.hint].filter(Boolean).join(' '), EXIT.failed);
        });
      if (json) return console.log(JSON.stringify(report, null, 2));
      console.log(
        `endpoint:${name} answers (${report.server ?? 'it does not say what it is'}, ${Math.round(report.ms)} ms)`,
      );
      console.log(report.models.length === 0 ? 'It lists no model.' : served(name, report.models));
    });
}

const KEYS: Readonly<Record<EndpointEntry['key'], string>> = {
  none: '',
  sealed: 'sealed by the system',
  file: 'in a file of yours',
  environment: 'in the environment',
  unreadable: 'sealed, for the app alone',
};

function listed(entries: readonly EndpointEntry[]): string {
  if (entries.length === 0) return 'No endpoint is written down: patchbay endpoints add <name> <url>';
  return table(
    ['endpoint', 'address', 'protocol', 'model', 'key', 'from'],
    entries.map(({ name, url, protocol, model = '', key, from }) => [name, url, protocol, model, KEYS[key], from]),
  );
}

function served(name: string, models: readonly ServedModel[]): string {
  const ports = (list: ServedModel['inputs'] = []) => list.map((port) => `${port.name} ${shapeText(port)}`).join(', ');
  return table(
    ['model', 'inputs', 'outputs'],
    models.map((model) => [`endpoint:${name}/${model.name}`, ports(model.inputs), ports(model.outputs)]),
  );
}
