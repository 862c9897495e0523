import { type Command, Option } from 'commander';
import type { Judged } from '../../nodes/training/evaluation/judged.ts';
import type { Aggregate } from '../../nodes/verifier/trained.ts';
import { EXIT, Failure } from './failure.ts';
import { interruptible } from './interrupt.ts';
import { table } from './table.ts';

interface JudgeFlags {
  readonly solutions: string;
  readonly aggregate: Aggregate;
  readonly writeCard?: boolean;
  readonly json?: boolean;
}

export function addJudge(program: Command): void {
  program
    .command('judge')
    .description('hold verifiers against solutions whose answers are known: accuracy, calibration, and best of n')
    .argument('<verifier...>', 'tiny:… or trained:…, all of them on the same solutions')
    .requiredOption('--solutions <file>', 'what patchbay rollouts made, best of problems that nobody learned from')
    .addOption(
      new Option('--aggregate <how>', 'a score from the steps of a process verifier')
        .choices(['last', 'min', 'product', 'mean'])
        .default('last'),
    )
    .option('--write-card', "put what was found into each verifier's card")
    .option('--json', 'print what was found as JSON')
    .action(async (verifiers: string[], flags: JudgeFlags) => {
      process.exitCode = await judge(verifiers, flags);
    });
}

async function judge(verifiers: readonly string[], flags: JudgeFlags): Promise<number> {
  // ONNX Runtime is not loaded with every command.
  const { judgeRollouts, readRollouts } = await import('../backend/rollouts/judge.ts');
  const { writeEvaluation } = await import('../backend/evaluation/card.ts');
  const { Progress } = await import('./evaluation.ts');
  const rollouts = await readRollouts(flags.solutions);
  const { split } = rollouts.head;
  if (flags.writeCard && split !== 'test') throw new Failure('--write-card wants solutions of test problems');
  const stop = new AbortController();
  const found: Record<string, Judged> = {};
  const work = async () => {
    for (const verifier of verifiers) {
      const progress = new Progress(verifier);
      const judged = await judgeRollouts(verifier, rollouts, flags.aggregate, stop.signal, (done, of) =>
        progress.show(done, of),
      );
      found[verifier] = judged;
      if (flags.writeCard) await writeEvaluation(verifier, [rounded({ data: 'arithmetic', split, ...judged })]);
    }
    console.log(flags.json ? JSON.stringify(found, null, 2) : judgedText(found));
    return EXIT.done;
  };
  return interruptible(() => stop.abort(), work);
}

/** Four digits say more than any interval of some hundred problems. */
function rounded<T>(value: T): T {
  const digits = (_: string, item: unknown) => (typeof item === 'number' ? Math.round(item * 1e4) / 1e4 : item);
  return JSON.parse(JSON.stringify(value, digits));
}

function judgedText(found: Readonly<Record<string, Judged>>): string {
  const entries = Object.entries(found);
  const [, first] = entries[0] as [string, Judged];
  const sizes = first.bestOf.map(({ of }) => of);
  const head = ['', 'told apart', 'Brier', ...sizes.map((of) => `best of ${of}`)];
  const rows = entries.map(([name, { accuracy, brier, bestOf }]) => [
    name,
    percent(accuracy),
    brier.toFixed(4),
    ...bestOf.map(({ verifier }) => interval(verifier)),
  ]);
  const others = (['majority', 'any'] as const).map((which) => [
    which === 'any' ? 'one of them right' : which,
    '',
    '',
    ...first.bestOf.map((one) => interval(one[which])),
  ]);
  const bins = entries.map(([name, judged]) => [
    `${name}: solutions by score, and the share of them that is right`,
    table(
      ['score', 'solutions', 'mean score', 'right'],
      judged.bins.map(({ from, to, n, score, right }) => [
        `${from.toFixed(1)}–${to.toFixed(1)}`,
        String(n),
        score.toFixed(3),
        right.toFixed(3),
      ]),
    ),
  ]);
  const title = `${first.problems} problems, ${first.n} solutions; 95 % intervals`;
  return [title, table(head, [...rows, ...others]), ...bins.flat()].join('\n\n');
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function interval({ accuracy, low, high }: Judged['bestOf'][number]['verifier']): string {
  return `${(100 * accuracy).toFixed(1)} (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`;
}
