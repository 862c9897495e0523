import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import sharp from 'sharp';
import { csvLine } from '../../graphs/csv.ts';
import type { Split, World } from '../../nodes/training/data/world.ts';
import { wholeNumber } from './numbers.ts';

interface DataFlags {
  readonly split: Split;
  readonly n: number;
  readonly seed: number;
  readonly side: number;
  readonly out: string;
}

export function addData(program: Command): void {
  program
    .command('data')
    .description('write problems with their steps, or pictures with a question each, and true answers, into a folder')
    .addArgument(
      new Argument('<data>', 'word problems, or what the pictures show').choices([
        'arithmetic',
        'visual-arithmetic',
        'digits',
        'shapes',
      ]),
    )
    .addOption(new Option('--split <name>', 'which of them').choices(['train', 'validation', 'test']).default('test'))
    .option('--n <n>', 'how many', wholeNumber(1), 12)
    .option('--seed <n>', 'others of the same split', wholeNumber(0, 0xffffffff), 0)
    .option('--side <px>', 'side of a picture', wholeNumber(16, 2048), 256)
    .requiredOption('--out <folder>', 'where to')
    .action((data: 'arithmetic' | World['name'], flags: DataFlags) =>
      data === 'arithmetic' ? writeProblems(flags) : writePictures(data, flags),
    );
}

/** Word problems, as CSV and as a JSON document a line. */
async function writeProblems({ split, n, seed, out }: DataFlags): Promise<void> {
  const { problemAt } = await import('../../nodes/training/data/arithmetic/problem.ts');
  const problems = Array.from({ length: n }, (_, index) => problemAt(split, seed, index));
  await mkdir(out, { recursive: true });
  const rows = problems.map(({ question, steps, answer }) => csvLine([question, steps.join('\n'), answer]));
  await writeFile(join(out, 'problems.csv'), `${['question,steps,answer', ...rows].join('\n')}\n`);
  await writeFile(join(out, 'problems.jsonl'), problems.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

async function writePictures(name: World['name'], { split, n, seed, side, out }: DataFlags): Promise<void> {
  // Not loaded with every command.
  const { loadWorld } = await import('../../nodes/training/data/worlds.ts');
  const { drawItem } = await import('../../nodes/training/evaluation/items.ts');
  const world = await loadWorld(name, (path) => readFile(path, 'utf8'));
  await mkdir(out, { recursive: true });
  const rows = ['picture,question,answer,kind'];
  for (let index = 0; index < n; index++) {
    const { scene, question: asked } = drawItem(world, split, seed, index);
    const picture = `${name}-${String(index + 1).padStart(3, '0')}.png`;
    const { data } = world.draw(scene, side);
    await sharp(data, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(join(out, picture));
    rows.push(csvLine([picture, asked.question, asked.answer, asked.kind]));
  }
  await writeFile(join(out, 'questions.csv'), `${rows.join('\n')}\n`);
}
