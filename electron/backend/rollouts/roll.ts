import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import type { CardOf, ModelCard } from '../../../nodes/models/card.ts';
import { modelSession } from '../../../nodes/neural-run.ts';
import { NodeError, type StoredModel } from '../../../nodes/run.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { type Problem, problem } from '../../../nodes/training/data/arithmetic/problem.ts';
import { parseHead, type Rollout, type RolloutHead } from '../../../nodes/training/rollouts.ts';
import { likelihoodGraph } from '../../../nodes/verifier/model.ts';
import { type Posed, type RollingOptions, rolledOut } from '../../../nodes/verifier/rollouts/rolled.ts';
import { openStored } from '../models/stored.ts';
import { lentAlone } from '../runtime/alone.ts';

export type RolloutRequest = Omit<RolloutHead, 'format' | 'digest'> & {
  /** The file to be made. */
  readonly out: string;
};

export interface RolloutProgress {
  readonly done: number;
  /** Solutions so far, and those whose answer is right. */
  readonly solutions: number;
  readonly right: number;
}

/** Problems between two writes to the file. */
const CHUNK = 50;
/** Of a solution: those that are longer go round in circles. */
const MAX_TOKENS = 112;
const PRECISION = { precision: 'fp32', fused: true } as const;

/**
 * Rolls out a model's solutions into a file, which is there when it is whole: until then its lines stand in `<out>.part`,
 * and the same request goes on from there. Rejects with a sentence where the model writes no solutions.
 */
export async function rollOut(
  { out, ...wanted }: RolloutRequest,
  signal: AbortSignal,
  onProgress: (progress: RolloutProgress) => void,
): Promise<void> {
  const solver = await openSolver(wanted.model);
  const head: RolloutHead = { format: 'patchbay rollouts 1', ...wanted, digest: solver.weights.digest };
  const part = await PartFile.open(`${out}.part`, head);
  await rolled(solver, head, part.lines, signal, async (rollouts) => {
    await part.append(rollouts);
    onProgress({ done: part.lines, solutions: part.solutions, right: part.right });
  });
  await rename(`${out}.part`, out);
}

/** Rejects with a sentence where the model writes no solutions. */
export async function openSolver(reference: string): Promise<Solver> {
  const { card, ...stored } = await openStored(reference);
  if (!solves(card)) throw new NodeError(`"${reference}" solves no problems in arithmetic.`, 'Name a reasoner.');
  return { card, ...stored };
}

type Solver = StoredModel & { readonly card: CardOf<'llm'> };

/** Whether a model learned to solve problems in words. */
export const solves = (card: ModelCard): card is CardOf<'llm'> =>
  card.kind === 'llm' && card.tokenizer === 'arithmetic';

/** What is rolled out, but for the model. */
export type Rolling = Pick<RolloutHead, 'split' | 'seed' | 'n' | 'samples' | 'completions' | 'temperature'>;

/** Hands on what comes of the problems from `from` on, some at a time, until `signal` stops it. */
export async function rolled(
  { card, weights, tokenizer: path }: Solver,
  wanted: Rolling,
  from: number,
  signal: AbortSignal,
  onRolled: (rollouts: readonly Rollout[], problems: readonly Problem[]) => Promise<void> | void,
): Promise<void> {
  const config = card.architecture;
  const tokenizer = await loadTokenizer({ path }, (file) => readFile(file, 'utf8'));
  await lentAlone(signal, async (context) => {
    const session = (kind: string, build: () => ReturnType<typeof decodeGraph>) =>
      modelSession(context, [kind, config], weights, build);
    const options: RollingOptions = {
      ...{ config, tokenizer, signal, maxTokens: MAX_TOKENS },
      session: await session('decode', () => decodeGraph(config, PRECISION)),
      likelihood: await session('likelihood', () => likelihoodGraph(config, PRECISION)),
      ...{ samples: wanted.samples, completions: wanted.completions, temperature: wanted.temperature },
    };
    for (let at = from; at < wanted.n; at += CHUNK) {
      const posed = Array.from({ length: Math.min(CHUNK, wanted.n - at) }, (_, i) => posedAt(wanted, at + i));
      await onRolled(
        await rolledOut(posed, options),
        posed.map((one) => one.problem),
      );
    }
  });
}

function posedAt({ seed, split }: Rolling, index: number): Posed {
  const own = itemSeed(seed, split, index);
  return { problem: problem(uniformGenerator(own), split), seed: own };
}

/** Lines that are there already, and where the next go. */
class PartFile {
  solutions = 0;
  right = 0;

  private constructor(
    private readonly path: string,
    public lines: number,
  ) {}

  /** Keeps whole chunks of the same request; begins anew where there are none. */
  static async open(path: string, head: RolloutHead): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    const first = JSON.stringify(head);
    const [before = '', ...lines] = (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    const same = before !== '' && isDeepStrictEqual(parseHead(before), head);
    const kept = same ? lines.slice(0, lines.length - (lines.length % CHUNK)) : [];
    await writeFile(path, [first, ...kept].map((line) => `${line}\n`).join(''));
    const part = new PartFile(path, kept.length);
    for (const line of kept) part.count(JSON.parse(line));
    return part;
  }

  async append(rollouts: readonly Rollout[]): Promise<void> {
    await appendFile(this.path, rollouts.map((rollout) => `${JSON.stringify(rollout)}\n`).join(''));
    for (const rollout of rollouts) this.count(rollout);
    this.lines += rollouts.length;
  }

  private count({ solutions }: Rollout): void {
    this.solutions += solutions.length;
    this.right += solutions.filter(({ right }) => right).length;
  }
}
