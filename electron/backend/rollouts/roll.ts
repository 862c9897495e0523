import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { modelSession } from '../../../nodes/neural-run.ts';
import { NodeError } from '../../../nodes/run.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { problem } from '../../../nodes/training/data/arithmetic/problem.ts';
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
  const { card, weights, tokenizer: path } = await openStored(wanted.model);
  if (card.kind !== 'llm' || card.tokenizer !== 'arithmetic')
    throw new NodeError(`"${wanted.model}" solves no problems in arithmetic.`, 'Name a reasoner.');
  const config = card.architecture;
  const head: RolloutHead = { format: 'patchbay rollouts 1', ...wanted, digest: weights.digest };
  const tokenizer = await loadTokenizer({ path }, (file) => readFile(file, 'utf8'));
  const part = await PartFile.open(`${out}.part`, head);
  await lentAlone(signal, async (context) => {
    const session = (kind: string, build: () => ReturnType<typeof decodeGraph>) =>
      modelSession(context, [kind, config], weights, build);
    const options: RollingOptions = {
      ...{ config, tokenizer, signal, maxTokens: MAX_TOKENS },
      session: await session('decode', () => decodeGraph(config, PRECISION)),
      likelihood: await session('likelihood', () => likelihoodGraph(config, PRECISION)),
      ...{ samples: head.samples, completions: head.completions, temperature: head.temperature },
    };
    for (let from = part.lines; from < head.n; from += CHUNK) {
      const posed = Array.from({ length: Math.min(CHUNK, head.n - from) }, (_, i) => posedAt(head, from + i));
      await part.append(await rolledOut(posed, options));
      onProgress({ done: from + posed.length, solutions: part.solutions, right: part.right });
    }
  });
  await rename(`${out}.part`, out);
}

function posedAt({ seed, split }: RolloutHead, index: number): Posed {
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
    const same = before !== '' && JSON.stringify(parseHead(before)) === first;
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
