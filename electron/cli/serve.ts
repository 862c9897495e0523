import { type Command, InvalidArgumentError } from 'commander';
import { serveWeb } from '../web.ts';
import { Failure } from './failure.ts';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('serve the app for a browser on this machine')
    .option('--port <n>', 'any free port, if absent', portNumber)
    .action(async ({ port }: { port?: number }) => {
      const host = await serveWeb({ port }).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
          throw new Failure(`Port ${port} is taken: name another with --port, or none for any that is free.`);
        throw error;
      });
      console.log(host.url);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void host.close());
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('expected a number from 0 to 65535.');
  return port;
}
