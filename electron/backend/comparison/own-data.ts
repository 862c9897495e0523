import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { NodeError } from '../../../nodes/run.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { digestOf } from '../measuring/journal.ts';
import type { Asked, DataSet } from './data.ts';

/** A question of the user's own. */
export interface OwnQuestion {
  /** Path of its picture. */
  readonly picture: string;
  readonly question: string;
  readonly answer: string;
  readonly kind: string;
}

/** What a question is called that has no kind. */
const NO_KIND = 'question';

/**
 * `n` of the questions in a CSV file, or in the one CSV file of a folder; all, where there are fewer. Which, and in which
 * order, the seed says. Rejects with a sentence that names the file and the line.
 */
export async function ownData(path: string, n: number, seed: number): Promise<DataSet> {
  const file = await csvIn(resolve(path));
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileTrouble(error, file, 'opened');
  });
  const found = questionsIn(text, file);
  await requirePictures(file, found);
  const questions = shuffled(found, seed).slice(0, n);
  return {
    name: basename(file),
    n: questions.length,
    seed,
    digest: digestOf(questions),
    hasOthers: new Set(questions.map(({ picture }) => picture)).size > 1,
    open: async () => ({
      at: (index) => asked(questions, index),
      spare: () => asked(questions, 0),
      close: async () => {},
    }),
  };
}

async function csvIn(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileTrouble(error, path, 'opened');
  });
  if (!found.isDirectory()) return path;
  const files = (await readdir(path)).filter((name) => name.toLowerCase().endsWith('.csv'));
  const [only, ...others] = files;
  if (only === undefined || others.length > 0)
    throw new NodeError(
      `"${path}" holds ${files.length === 0 ? 'no CSV file' : `${files.length} CSV files`}, and one is expected.`,
      'Name the file, or put one there with the columns image, question, answer.',
    );
  return join(path, only);
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * The questions of a CSV text (RFC 4180) with the columns image (or picture), question, answer and, where it is there, kind,
 * in any order among others. Pictures are relative to the folder of `file`. Throws a `NodeError` that names the line.
 */
export function questionsIn(text: string, file: string): OwnQuestion[] {
  const [head, ...lines] = linesIn(text, file);
  const columns = columnsIn(head, file);
  if (lines.length === 0) throw new NodeError(`${basename(file)} holds no questions.`, 'Put one on each line.');
  return lines.map(({ record, info }) => {
    const cell = (column: number) => record[column] ?? '';
    const missing = (['image', 'question', 'answer'] as const).find((name) => cell(columns[name]) === '');
    if (missing) throw new NodeError(`${basename(file)}, line ${info.lines}: there is no ${missing}.`);
    const picture = cell(columns.image);
    return {
      picture: isAbsolute(picture) ? picture : resolve(dirname(file), picture),
      question: cell(columns.question),
      answer: cell(columns.answer),
      kind: cell(columns.kind) || NO_KIND,
    };
  });
}

function linesIn(text: string, file: string): Line[] {
  try {
    const options = { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true } as const;
    return parse(text, options) as unknown as Line[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new NodeError(
      `${basename(file)}, line ${error.lines}: this is not CSV: ${error.message}.`,
      'A cell with a comma, a quote or a line break stands in quotes, and a quote in it is doubled.',
    );
  }
}

function columnsIn(head: Line | undefined, file: string) {
  const names = (head?.record ?? []).map((name) => name.toLowerCase());
  const at = (...wanted: string[]) => names.findIndex((name) => wanted.includes(name));
  const columns = { image: at('image', 'picture'), question: at('question'), answer: at('answer'), kind: at('kind') };
  if (columns.image < 0 || columns.question < 0 || columns.answer < 0)
    throw new NodeError(
      `${basename(file)}, line 1: expected the columns image, question, answer (and kind), found ${names.join(', ') || 'nothing'}.`,
    );
  return columns;
}

async function requirePictures(file: string, questions: readonly OwnQuestion[]): Promise<void> {
  for (const picture of new Set(questions.map((one) => one.picture))) {
    const found = await stat(picture).catch(() => undefined);
    if (!found?.isFile())
      throw new NodeError(
        `${basename(file)} names a picture that is not there: ${picture}.`,
        `Pictures are looked for beside ${file}.`,
      );
  }
}

/** By Fisher and Yates. */
function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = uniformGenerator(itemSeed(seed, 'test', 0));
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
}

/** Blind it is shown the picture of the next question that has another. */
function asked(questions: readonly OwnQuestion[], index: number): Asked {
  const { picture, question, answer, kind } = questions[index] as OwnQuestion;
  const other = [...questions.slice(index), ...questions].find((one) => one.picture !== picture);
  return {
    question,
    answer: answer.toLowerCase(),
    kind,
    picture: async (sight) => (sight === 'blind' && other ? other.picture : picture),
  };
}
