import { spawn } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `patchbay …` in a process of its own; it is sent Ctrl-C as soon as its stderr looks like `until`. */
export function patchbay(
  args: readonly string[],
  {
    until,
    env,
    input = '',
  }: { readonly until?: RegExp; readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, ['electron/patchbay.mjs', ...args], { env: { ...process.env, ...env } });
  child.stdin.end(input);
  let [stdout, stderr, sent] = ['', '', false];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (sent || !until?.test(stderr)) return;
    sent = true;
    child.kill('SIGINT');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}
