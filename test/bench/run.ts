import { readdir } from 'node:fs/promises';
import { createServer } from 'vite';

/** One figure next to its goal. `measured` and `goal` share `unit`. */
export interface BenchRow {
  readonly name: string;
  readonly goal: string;
  readonly measured: number;
  readonly unit: string;
  /** How it was measured, in a few words. */
  readonly how: string;
}

/** Runs every `*.bench.ts` beside this file (each exports `rows(): Promise<BenchRow[]>`) and prints what they found. */
const only = process.argv.slice(2);
const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.bench.ts')).sort();
const vite = await createServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, watch: null },
});
try {
  for (const file of files.filter((name) => only.length === 0 || only.some((word) => name.includes(word)))) {
    const { rows } = (await vite.ssrLoadModule(`/test/bench/${file}`)) as { rows(): Promise<BenchRow[]> };
    for (const { name, measured, unit, goal, how } of await rows())
      console.log(`${name}: ${measured.toPrecision(3)} ${unit} (goal ${goal}); ${how}`);
  }
} finally {
  await vite.close();
}
