import { writeFile } from 'node:fs/promises';
import type { NodeRun } from '../../../../nodes/run.ts';
import type { TextValue } from '../../../../nodes/values.ts';

const text = (value: string): Record<string, TextValue> => ({ text: { type: 'text', text: value } });

/** Kinds that misbehave. */
export const kinds: Readonly<Record<string, NodeRun>> = {
  say: { run: async (_, params) => text(String(params.text)) },
  join: {
    run: async (_, __, inputs) =>
      text((inputs.text ?? []).map((value) => (value.type === 'text' ? value.text : '')).join(' ')),
  },
  /** Waits for a cancel, and heeds it. */
  patient: {
    run: (context) =>
      new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(new Error('stopped')))),
  },
  /** Holds the process for good, as one long session run does; tells by a file that it has begun. */
  block: {
    async run(_, params) {
      await writeFile(String(params.begun), 'begun');
      for (;;) Math.sqrt(Math.random());
    },
  },
  die: {
    async run() {
      process.kill(process.pid, 'SIGKILL');
      return text('');
    },
    async probe() {
      process.kill(process.pid, 'SIGKILL');
      return {};
    },
  },
};
