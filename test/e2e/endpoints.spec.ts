import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Answer, delta, ModelServer, sendJson, stream, usage } from '../helpers/model-server.ts';
import { exported, node, openGraph, serveApp } from './app.ts';
import { look } from './look.ts';

const app = serveApp();
const KEY = 'sk-kept-to-itself-5d20';

/** Everything in the data folder but the file of endpoints itself. */
const everything = () =>
  readdirSync(app.home, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== 'endpoints.json')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

test('a server is written down, tested, chosen on a node and run against by keyboard and mouse; its key stays unseen', async ({
  page,
}) => {
  test.setTimeout(90_000);
  let answer: Answer = (_, response) => {
    const send = stream(response);
    for (const content of ['It is', ' Paris', '.']) send(delta({ content }, { logProb: -0.1 }));
    for (const event of [delta({}, { finish: 'stop' }), usage(12, 4), '[DONE]']) send(event);
    response.end();
  };
  let models: Answer = (_, response) =>
    sendJson(response, { data: [{ id: 'big', owned_by: 'vllm' }, { id: 'small' }] });
  const server = await ModelServer.start((asked, response) =>
    (asked.path === '/v1/models' ? models : answer)(asked, response),
  );
  const nodes = {
    question: { kind: 'prompt', params: { text: 'What is the capital of France?' } },
    llm: { kind: 'llm', params: { model: 'tiny:llm' }, inputs: { prompt: 'question.text' } },
  };
  const layout = { question: [0, 0], llm: [340, 0] };
  await openGraph(page, app, JSON.stringify({ schemaVersion: 1, title: 'Capital', nodes, layout }));

  await page.keyboard.press('Shift+E');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('None yet');
  await dialog.getByRole('button', { name: 'Add a server' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Cluster');
  await expect(dialog).toContainText('Small letters, digits and hyphens');
  await dialog.getByLabel('Name', { exact: true }).fill('cluster');
  await dialog.getByLabel('Address').fill('http://gpu.example:8000');
  await dialog.getByLabel('Key', { exact: true }).fill(KEY);
  await expect(dialog).toContainText('would travel unencrypted');
  await look(page, 'form of a model server');
  await dialog.getByLabel('Address').fill(server.url);
  expect(server.asked).toEqual([]);
  await dialog.getByLabel('Address').press('Enter');
  const card = dialog.getByRole('listitem', { name: 'cluster' });
  await expect(card).toContainText(/Answers in \d+ ms · vllm · 2 models/);
  await expect(card).toContainText('key in a file that only you can read');
  await look(page, 'model servers');
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`]);

  models = (_, response) => sendJson(response, { error: { message: `no such key: ${KEY}` } }, 401);
  await card.getByRole('button', { name: 'Test' }).click();
  await expect(card.getByRole('alert')).toContainText('401 (not authorised): no such key: •••');
  await card.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Address').fill('http://127.0.0.1:9/v1');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('leads to another server than before');
  await dialog.getByRole('button', { name: 'Back' }).click();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await node(page, 'llm').locator('.module-title').click();
  const model = page.getByRole('complementary').getByLabel('Model', { exact: true });
  await model.selectOption('endpoint:cluster/big');
  await page.keyboard.press('Control+Enter');
  await expect(node(page, 'llm')).toContainText('It is Paris.');
  await expect(page.getByRole('complementary').last()).toContainText('tokens as its server counts them');
  expect(server.json(-1)).toMatchObject({
    model: 'big',
    messages: [{ role: 'user', content: nodes.question.params.text }],
  });

  answer = (_, response) => stream(response)(delta({ content: 'Once upon a time' }));
  await page.getByRole('complementary').getByLabel('Seed', { exact: true }).last().fill('5');
  await page.keyboard.press('Control+Enter');
  await expect(node(page, 'llm')).toContainText('Once upon a time');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => server.asked.at(-1)?.closed).toBe(true);

  const graph = await exported(page);
  expect(graph.nodes.llm?.params).toMatchObject({ model: 'endpoint:cluster/big' });
  expect(JSON.stringify(graph) + (await page.content()) + everything()).not.toContain(KEY);

  await page.getByRole('button', { name: 'Model servers…' }).click();
  await card.getByRole('button', { name: 'Remove' }).click();
  await card.getByRole('button', { name: 'Forget it and its key' }).click();
  await expect(dialog).toContainText('None yet');
  expect(readFileSync(join(app.home, 'endpoints.json'), 'utf8')).not.toContain(KEY);
  await server.close();
});
