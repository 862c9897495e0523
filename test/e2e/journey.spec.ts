import { expect, type Locator, type Page, test } from '@playwright/test';
import { exported, node, serveApp } from './app.ts';

const app = serveApp();

/** What a person does, counted: a double click, a drag, a key and a text typed are one action each. */
function person(page: Page) {
  let actions = 0;
  const counted =
    <A extends readonly unknown[]>(act: (...args: A) => Promise<unknown>) =>
    async (...args: A) => {
      actions += 1;
      await act(...args);
    };
  return {
    count: () => actions,
    doubleClickAt: counted((x: number, y: number) => page.mouse.dblclick(x, y)),
    key: counted((key: string) => page.keyboard.press(key)),
    type: counted((text: string) => page.keyboard.type(text)),
    drag: counted(async (from: Locator, end: { x: number; y: number }) => {
      const start = await centre(from);
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

test('LLaVA is drawn from an empty canvas in sixteen actions, each node at the end of a wire', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(app.url);
  await expect(page.locator('.statusbar')).not.toContainText('Connecting');
  await expect(page.locator('.module').first()).toBeVisible();
  const me = person(page);
  const port = (id: string, side: 'source' | 'target', name: string) =>
    node(page, id).locator(`.${side}[data-handleid=${name}]`);
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
  await me.drag(port('vision-encoder', 'source', 'features'), at(640, 220));
  await add('projector');
  await me.drag(port('projector', 'source', 'embeddings'), at(940, 220));
  await add('llm');
  await me.drag(port('llm', 'target', 'prompt'), at(880, 560));
  await add('prompt');

  const { nodes } = await exported(page);
  expect(Object.fromEntries(Object.entries(nodes).map(([id, { inputs }]) => [id, inputs]))).toEqual({
    image: undefined,
    'vision-encoder': { image: 'image.image' },
    projector: { features: 'vision-encoder.features' },
    llm: { prompt: 'prompt.text', visual: ['projector.embeddings'] },
    prompt: undefined,
  });
  expect(me.count()).toBeLessThanOrEqual(16);
});
