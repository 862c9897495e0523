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
    .description('write pictures of a world, with a question and its true answer each, into a folder')
    .addArgument(new Argument('<world>', 'what the pictures show').choices(['shapes', 'digits']))
    .addOption(new Option('--split <name>', 'which scenes').choices(['train', 'validation', 'test']).default('test'))
    .option('--n <n>', 'how many', wholeNumber(1), 12)
    .option('--seed <n>', 'other scenes of the same split', wholeNumber(0, 0xffffffff), 0)
    .option('--side <px>', 'side of a picture', wholeNumber(16, 2048), 256)
    .requiredOption('--out <folder>', 'where to')
    .action(async (world: World['name'], flags: DataFlags) => writeData(world, flags));
}

async function writeData(name: World['name'], { split, n, seed, side, out }: DataFlags): Promise<void> {
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
