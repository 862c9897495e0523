import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { studyText } from './report.ts';

/**
 * The fusion comparison over several seeds: each connector is trained by its recipe with each seed, and answers the same
 * held-out questions. What is there already is not done again, so a study that was stopped goes on.
 *
 *     node test/bench/seeds.mjs [--seeds 1,2,3] [--n 300] [connector …]
 */

const ROOT = join(import.meta.dirname, '../../..');
const RECIPES = join(ROOT, 'nodes/models/recipes');
const RESULT = join(ROOT, 'docs/measured/fusion-seeds');
const CONNECTORS = [
  'linear',
  'mlp',
  'pixel-shuffle',
  'patch-merger',
  'resampler',
  'q-former',
  'cross-attention-adapter',
];
/** What a recipe is trained after: the Q-Former's second stage starts from its first. */
const BEFORE: Readonly<Record<string, readonly string[]>> = { 'q-former': ['q-former-stage-1'] };

export interface Answered {
  readonly n: number;
  readonly accuracy: number;
  readonly kinds: Readonly<Record<string, { readonly accuracy: number }>>;
}

/** A connector that was trained with a seed, and how many held-out questions it answered. */
export interface Trained {
  readonly connector: string;
  readonly seed: number;
  readonly steps: number;
  readonly minutes: number;
  readonly shapes: Answered;
  readonly digits: Answered;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '1,2,3' }, n: { type: 'string', default: '300' } },
});
const trained = await resultsSoFar();
for (const seed of values.seeds.split(',').map(Number))
  for (const connector of positionals.length > 0 ? positionals : CONNECTORS) {
    if (trained.some((one) => one.connector === connector && one.seed === seed)) continue;
    trained.push(await trainedWith(connector, seed));
    await writeFile(
      `${RESULT}.json`,
      `${JSON.stringify({ command: 'node test/bench/seeds.mjs', trained }, null, 2)}\n`,
    );
    await writeFile(`${RESULT}.md`, studyText(trained));
  }

async function resultsSoFar(): Promise<Trained[]> {
  const text = await readFile(`${RESULT}.json`, 'utf8').catch(() => undefined);
  return text === undefined ? [] : JSON.parse(text).trained;
}

async function trainedWith(connector: string, seed: number): Promise<Trained> {
  const started = performance.now();
  for (const recipe of [...(BEFORE[connector] ?? []), connector]) await train(recipe, seed);
  const minutes = (performance.now() - started) / 60_000;
  const { schedule } = await recipeWith(connector, seed);
  const reference = `trained:${nameWith(connector, seed)}`;
  const [shapes, digits] = [await answered(reference, 'shapes'), await answered(reference, 'digits')];
  return { connector, seed, steps: schedule.steps, minutes: Math.round(10 * minutes) / 10, shapes, digits };
}

async function train(recipe: string, seed: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-seeds-'));
  try {
    const path = join(folder, 'recipe.json');
    await writeFile(path, JSON.stringify(await recipeWith(recipe, seed)));
    await patchbay('train', path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function recipeWith(name: string, seed: number) {
  const recipe = JSON.parse(await readFile(join(RECIPES, `${name}.json`), 'utf8'));
  const stage = BEFORE[name]?.at(-1);
  return {
    ...recipe,
    seed,
    name: nameWith(name, seed),
    ...(stage !== undefined && { start: `trained:${nameWith(stage, seed)}` }),
  };
}

function nameWith(recipe: string, seed: number): string {
  return `${recipe}-seed-${seed}`;
}

async function answered(reference: string, data: string): Promise<Answered> {
  const { n, accuracy, kinds } = JSON.parse(
    await patchbay('eval', reference, '--data', data, '--n', values.n, '--json'),
  );
  const rounded = (share: number) => Math.round(share * 1e4) / 1e4;
  return {
    n,
    accuracy: rounded(accuracy),
    kinds: Object.fromEntries(
      Object.entries(kinds as Answered['kinds']).map(([kind, score]) => [kind, { accuracy: rounded(score.accuracy) }]),
    ),
  };
}

/** What `patchbay …` prints; its progress is shown. */
function patchbay(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'electron/patchbay.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    if (args[0] === 'train') process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`patchbay ${args.join(' ')} ended with ${code}`)),
    );
  });
}
