import { expect, type Locator, type Page, test } from '@playwright/test';
import { exported, node, serveApp } from './app.ts';

const app = serveApp();

/** What a person does, counted: a click, a drag, a key, a choice, a file and a text typed are one action each. */
function person(page: Page) {
  let actions = 0;
  const counted =
    <A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      actions += 1;
      return act(...args);
    };
  return {
    count: () => actions,
    click: counted((target: Locator) => target.click({ timeout: 90_000 })),
    doubleClickAt: counted((x: number, y: number) => page.mouse.dblclick(x, y)),
    key: counted((key: string) => page.keyboard.press(key)),
    type: counted((text: string) => page.keyboard.type(text)),
    fill: counted((target: Locator, text: string) => target.fill(text)),
    choose: counted((target: Locator, value: string) => target.selectOption(value)),
    bring: counted((input: Locator, file: { name: string; mimeType: string; buffer: Buffer }) =>
      input.setInputFiles(file),
    ),
    export: counted(() => exported(page)),
    drag: counted(async (from: Locator, to: { x: number; y: number } | Locator) => {
      const start = await centre(from);
      const end = 'x' in to ? to : await centre(to);
      await page.mouse.move(start.x, start.y);
      await page.mouse.down();
      await page.mouse.move(end.x, end.y, { steps: 10 });
      await page.mouse.up();
    }),
  };
}

async function centre(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error('not on screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test('from an empty canvas to a trained LLaVA compared with a Q-Former in under forty actions', async ({ page }) => {
  test.setTimeout(360_000);
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(app.url);
  await expect(page.locator('.statusbar')).not.toContainText('Connecting');
  await expect(page.locator('.module').first()).toBeVisible();
  const me = person(page);
  const port = (id: string, side: 'source' | 'target', name: string) =>
    node(page, id).locator(`.${side}[data-handleid=${name}]`);
  const model = page.locator('[data-param=model] select');
  const list = page.getByRole('dialog');
  const add = async (kind: string) => {
    await expect(list.locator(`[data-kind=${kind}]`)).toBeVisible();
    await me.type(kind);
    await me.key('Enter');
    await expect(node(page, kind)).toBeVisible();
  };

  await me.key('Alt+n');
  await expect(page.locator('.module')).toHaveCount(0);
  const canvas = await page.locator('.canvas').boundingBox();
  if (!canvas) throw new Error('the canvas is not on screen');
  const at = (x: number, y: number) => ({ x: canvas.x + x, y: canvas.y + y });
  const first = at(40, 140);
  await me.doubleClickAt(first.x, first.y);
  await add('image');
  await me.drag(port('image', 'source', 'image'), at(340, 220));
  await add('vision-encoder');
  await me.choose(model, 'tiny:clip-vit');
  await me.drag(port('vision-encoder', 'source', 'features'), at(640, 220));
  await add('projector');
  await me.choose(model, 'tiny:mlp');
  await me.drag(port('projector', 'source', 'embeddings'), at(940, 220));
  await add('llm');
  await me.choose(model, 'tiny:llm');
  await me.drag(port('llm', 'target', 'prompt'), at(880, 620));
  await add('prompt');
  await me.fill(page.locator('[data-param=text] textarea'), 'How many shapes are there?');

  await me.click(node(page, 'projector').locator('.module-title'));
  await me.click(page.getByRole('button', { name: 'Train…' }));
  const dialog = page.getByRole('dialog');
  await me.fill(dialog.getByLabel('Steps'), '100000');
  await me.click(dialog.getByRole('button', { name: 'Start' }));
  await expect(dialog.getByRole('status')).toContainText(/Step \d{2,} of 100,000/, { timeout: 150_000 });
  await me.click(dialog.getByRole('button', { name: 'Stop and save' }));
  await expect(dialog.getByRole('status')).toContainText('trained:projector-1 is saved', { timeout: 60_000 });
  await me.click(dialog.getByRole('button', { name: 'Close' }).last());
  await expect(node(page, 'projector')).toContainText('trained:projector-1');

  const trained = JSON.stringify(await me.export());
  await me.key('Delete');
  await expect(node(page, 'projector')).toHaveCount(0);
  await me.drag(port('vision-encoder', 'source', 'features'), at(640, 220));
  await add('q-former');
  await me.choose(model, 'tiny:q-former');
  await me.drag(port('q-former', 'source', 'embeddings'), port('llm', 'target', 'visual'));
  await expect(page.locator('.react-flow__edge')).toHaveCount(4);

  await me.key('c');
  const view = page.getByRole('region', { name: 'Compare graphs' });
  await expect(view.getByRole('heading', { name: 'Graphs, 1 chosen' })).toBeVisible();
  const file = { name: 'Trained.json', mimeType: 'application/json', buffer: Buffer.from(trained) };
  await me.bring(page.getByTestId('compare-files'), file);
  await me.fill(view.getByLabel('How many'), '12');
  await me.fill(view.getByLabel('Rounds'), '1');
  await me.click(view.getByRole('button', { name: 'Start' }));
  await expect(view.getByRole('status')).toContainText('Finished', { timeout: 90_000 });
  const cell = (graph: string, column: string) =>
    view.locator(`.compare-table tr[data-graph="${graph}"] [data-column="${column}"]`);
  await expect(cell('Untitled', 'Visual tokens')).toHaveText('16');
  await expect(cell('Trained', 'Visual tokens')).toHaveText('64');
  for (const graph of ['Untitled', 'Trained']) {
    await expect(cell(graph, 'Accuracy')).toContainText(/\d %/);
    await expect(cell(graph, 'First token')).toContainText(/\d m?s/);
  }
  await expect(cell('Trained', 'Accuracy')).toContainText(/none|pt/);
  expect(me.count()).toBeLessThan(40);
});
