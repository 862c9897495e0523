import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownData, questionsIn } from '../../../electron/backend/comparison/own-data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-own-'));
  for (const name of ['a.png', 'b, c.png']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true }));

const HEAD = 'image,question,answer\n';

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('columns stand in any order among others, cells in quotes, lines end as they like', () => {
  const text =
    '\uFEFFid,Answer,Question,Kind,Picture\r\n1,"two, or ""2""",How many?,counting,"b, c.png"\r\n\r\n2, red ,Which?,,/x/a.png\r\n';
  expect(questionsIn(text, '/data/q.csv')).toEqual([
    { picture: '/data/b, c.png', question: 'How many?', answer: 'two, or "2"', kind: 'counting' },
    { picture: '/x/a.png', question: 'Which?', answer: 'red', kind: 'question' },
  ]);
});

test.each([
  [
    'no columns',
    'a.png,What?,red\n',
    /q\.csv, line 1: expected the columns image, question, answer.* found a\.png, what\?, red/,
  ],
  ['nothing', '', /line 1: .* found nothing/],
  ['no lines', HEAD, /holds no questions/],
  ['a cell left empty', `${HEAD}a.png,What?,red\n\na.png,,blue\n`, /q\.csv, line 4: there is no question/],
  ['too few cells', `${HEAD}a.png,What?\n`, /line 2: there is no answer/],
  ['a quote without its end', `${HEAD}a.png,"What?,red\n`, /q\.csv, line \d: this is not CSV/],
])('%s is said with its line', (_, text, sentence) => {
  expect(() => questionsIn(text, '/data/q.csv')).toThrow(sentence);
});

test('a seed takes the same questions each time, another seed others; blind shows another picture', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `"${i % 2 ? 'a.png' : 'b, c.png'}",Question ${i}?,Answer ${i}\n`);
  const path = await file('many.csv', HEAD + rows.join(''));
  const asked = async (n: number, seed: number) => {
    const data = await ownData(path, n, seed);
    const open = await data.open();
    return Array.from({ length: data.n }, (_, i) => open.at(i));
  };
  const questions = async (n: number, seed: number) => (await asked(n, seed)).map(({ question }) => question);
  expect(await questions(8, 1)).toEqual(await questions(8, 1));
  expect(await questions(8, 1)).not.toEqual(await questions(8, 2));
  expect(new Set(await questions(50, 1)).size).toBe(20);
  for (const one of await asked(8, 1)) {
    expect(one.answer).toBe(one.question.toLowerCase().replace('question', 'answer').replace('?', ''));
    expect(new Set([await one.picture('seeing'), await one.picture('blind')])).toEqual(
      new Set(['a.png', 'b, c.png'].map((name) => join(folder, name))),
    );
  }
  await rm(path);
});

test('a folder stands for its CSV file; a picture that is not there, or none or two files, are said', async () => {
  await expect(ownData(folder, 5, 0)).rejects.toThrow(/holds no CSV file/);
  const path = await file('one.csv', `${HEAD}a.png,What?,red\n`);
  const data = await ownData(folder, 5, 0);
  expect(data).toMatchObject({ name: 'one.csv', n: 1, hasOthers: false });
  await file('two.csv', `${HEAD}none.png,What?,red\n`);
  await expect(ownData(folder, 5, 0)).rejects.toThrow(/holds 2 CSV files/);
  await expect(ownData(join(folder, 'two.csv'), 5, 0)).rejects.toThrow(
    /names a picture that is not there: .*none\.png/,
  );
  await expect(ownData(join(folder, 'gone.csv'), 5, 0)).rejects.toThrow(/was not opened: there is no such file/);
  const other = await ownData(await file('one.csv', `${HEAD}a.png,What?,blue\n`), 5, 0);
  expect(other.digest).not.toBe(data.digest);
  await rm(path);
});
