import { readFile } from 'node:fs/promises';
import { expect, type Locator, test } from '@playwright/test';
import { diff, inWords } from '../../graphs/diff.ts';
import { parse } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';
import { openGraph, serveApp } from './app.ts';

const app = serveApp();

const example = (name: string) => readFile(`graphs/examples/${name}.json`, 'utf8');

test('two graphs answer one question about one picture, side by side, with what differs in them and in what they cost', async ({
  page,
}) => {
  test.setTimeout(180_000);
  const [first, second] = await Promise.all(['llava-1.5-tiny', 'blip-2-tiny'].map(example));
  await openGraph(page, app, first ?? '');
  await page.keyboard.press('p');
  const dialog = page.getByRole('dialog', { name: 'Two graphs side by side' });
  await expect(dialog.getByRole('button', { name: 'Run both' })).toBeDisabled();

  await dialog.getByTestId('pane-file').setInputFiles({ name: 'bad.json', mimeType: '', buffer: Buffer.from('{') });
  await expect(dialog.getByRole('alert')).toContainText('This file is not a graph');
  await dialog.getByRole('button', { name: 'Choose graph' }).press('Enter');
  await page.keyboard.press('ArrowDown');
  await dialog.getByRole('menuitem', { name: 'BLIP-2 (tiny)' }).press('Enter');
  const [a, b] = [dialog.getByRole('region', { name: 'Graph A' }), dialog.getByRole('region', { name: 'Graph B' })];
  await expect(dialog.getByRole('alert')).toBeHidden();

  // What differs is told on both canvases, and in the words of the command line.
  const card = (pane: Locator, id: string) => pane.locator(`.react-flow__node[data-id=${id}] .pane-card`);
  await expect(card(a, 'connector')).toContainText('≠ kind · model');
  await expect(card(b, 'connector')).toContainText('tiny:q-former');
  await expect(card(b, 'encoder')).not.toContainText('≠');
  const [one, other] = [parse(first ?? ''), parse(second ?? '')];
  const words = inWords(diff(one, other), one, other, catalog).filter((line) => !/^(photo|question)\./.test(line));
  await expect(dialog.locator('.pane-differences li')).toHaveText(words);

  await dialog.getByRole('button', { name: 'Picture for both graphs' }).click();
  await dialog
    .locator('.picture-list')
    .getByRole('button', { name: /shapes/i })
    .first()
    .click();
  await page.keyboard.press('Escape');
  await expect(dialog.locator('.picture-list')).toBeHidden();
  const question = dialog.getByLabel('Question for both graphs');
  await question.fill('What color is the circle?');
  await question.press('Control+Enter');
  for (const pane of [a, b]) {
    await expect(pane.getByRole('status')).toContainText('Finished', { timeout: 120_000 });
    await expect(pane.locator('.out-answer')).toHaveText(/\w/);
  }
  const figure = (side: string, name: string) => dialog.locator(`tr[data-side=${side}] [data-figure="${name}"]`);
  await expect(figure('a', 'Visual tokens')).toHaveText('64');
  await expect(figure('b', 'Visual tokens')).toHaveText('16');
  for (const side of ['a', 'b']) await expect(figure(side, 'First token')).toHaveText(/\d m?s$/);

  await question.fill('How many shapes are there?');
  await expect(a.getByRole('status')).toContainText('before the picture or the question was changed');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.locator('.react-flow__node[data-id=question] textarea')).toHaveValue(
    String(one.nodes.question?.params?.text),
  );
});

test('the graph as it was saved stands beside what was made of it; an error stands in the pane of the graph that has it', async ({
  page,
}) => {
  await openGraph(page, app, await example('llava-1.5-tiny'));
  await page.locator('.react-flow__node[data-id=llm] .module-title').click();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('two graphs');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Two graphs side by side' });
  await dialog.getByRole('button', { name: 'Choose graph' }).click();
  await dialog.getByRole('menuitem', { name: 'The open graph as it was saved' }).click();
  await expect(dialog.getByRole('region', { name: 'Graph B' }).locator('.pane-card.added')).toContainText('only here');
  await expect(dialog.locator('.pane-differences')).toContainText('llm (llm) was added');

  const broken = JSON.parse(await example('llava-1.5-tiny'));
  broken.nodes.llm.params.model = 'trained:gone';
  const file = { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(broken)) };
  await dialog.getByTestId('pane-file').setInputFiles(file);
  await dialog.getByRole('button', { name: 'Run both' }).click();
  await expect(dialog.getByRole('region', { name: 'Graph B' }).locator('.trouble')).toContainText('trained:gone', {
    timeout: 50_000,
  });
  await expect(dialog.getByRole('region', { name: 'Graph A' }).getByRole('status')).toContainText('Finished', {
    timeout: 50_000,
  });
});
