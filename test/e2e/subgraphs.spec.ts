import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { exported, node, openGraph, PAIR, serveApp } from './app.ts';
import { look } from './look.ts';

const app = serveApp();
const START = readFileSync(new URL('../../graphs/examples/start.json', import.meta.url), 'utf8');

const title = (page: Page, id: string) => node(page, id).locator('.module-title');
const shot = (page: Page, name: string) =>
  process.env.PATCHBAY_LOOK ? page.screenshot({ path: `${process.env.PATCHBAY_LOOK}/${name}.png` }) : undefined;

async function select(page: Page, ...ids: string[]): Promise<void> {
  await page.keyboard.press('Escape');
  await title(page, ids[0] ?? '').click();
  for (const id of ids.slice(1)) await title(page, id).click({ modifiers: ['Shift'] });
}

test('nodes collapse into one that runs as they did, opens, and is edited, copied, expanded and undone', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openGraph(page, app, START);
  const before = await exported(page);
  await select(page, 'encoder', 'connector');
  await page.keyboard.press('Control+Shift+g');
  const id = 'vision-encoder-and-projector';
  await expect(page.locator('.module')).toHaveCount(4);
  await expect(node(page, id).locator('.module-sub')).toHaveText('Vision encoder · Projector');
  await expect(page.locator('.react-flow__edge')).toHaveCount(3);

  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 60_000 });
  const foot = node(page, id).locator('.module-foot');
  await expect(foot).toContainText('64 visual');
  await expect(foot).toContainText('ms');
  await expect(node(page, id)).toContainText('1 × 64 × 192');
  const answer = (await node(page, 'llm').locator('.out-answer').textContent()) ?? '';
  await shot(page, 'collapsed');

  // Inside: the nodes with what each of them took, and a parameter that is changed there.
  await title(page, id).dblclick();
  await expect(page.getByRole('navigation', { name: 'Open subgraphs' })).toContainText('Vision encoder and Projector');
  await expect(node(page, 'encoder').locator('.module-foot')).toContainText('ms');
  await expect(node(page, 'image').locator('.module-sub')).toHaveText('Input of this subgraph');
  await shot(page, 'opened');
  await title(page, 'encoder').click();
  await page.getByLabel('Name of this node').fill('Eye');
  await page.locator('.react-flow__pane').click({ position: { x: 600, y: 30 } });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('navigation', { name: 'Open subgraphs' })).toBeHidden();
  await expect(node(page, id).locator('.module-sub')).toHaveText('Eye · Projector');

  // Nothing in it changed that a run depends on, so nothing runs again.
  await page.keyboard.press('Control+Enter');
  await expect(foot).toContainText('reused', { timeout: 60_000 });
  await expect(node(page, 'llm').locator('.out-answer')).toHaveText(answer);

  // What changes within changes the run without: a connector of fewer tokens.
  await title(page, id).dblclick();
  await title(page, 'connector').click();
  await page.locator('[data-param=model] select').selectOption('tiny:pixel-shuffle');
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Open subgraphs' }).getByRole('button').click();
  await page.keyboard.press('Control+Enter');
  await expect(foot).toContainText('16 visual', { timeout: 60_000 });
  await expect(foot).not.toContainText('reused');
  await expect(node(page, id)).toContainText('1 × 16 × 192');
  // While the LLM still answers, Escape cancels the run and leads nowhere.
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 60_000 });
  await page.keyboard.press('Control+z');
  await expect(title(page, 'connector')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  // A copy stands for the same subgraph; one step of undo takes it away.
  await title(page, id).click();
  await page.keyboard.press('Control+c');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('"subgraphs"');
  await page.keyboard.press('Control+v');
  await expect(page.locator('.module')).toHaveCount(5);
  expect(Object.keys((await exported(page)).subgraphs ?? {})).toEqual([id]);
  await page.keyboard.press('Control+z');
  await expect(page.locator('.module')).toHaveCount(4);

  // What is undone is shown: the name that was given within.
  await page.keyboard.press('Control+z');
  await expect(title(page, 'encoder')).toHaveText('Vision encoder');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await title(page, id).click();
  await page.keyboard.press('Control+Shift+u');
  await expect(page.locator('.module')).toHaveCount(5);
  const after = await exported(page);
  expect(after.nodes).toEqual(before.nodes);
  expect(after.subgraphs).toBeUndefined();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  expect(await exported(page)).toEqual(before);
});

test('a subgraph is kept in the library, inserted again on a wire and from the list, renamed there and removed', async ({
  page,
}) => {
  await openGraph(page, app, START);
  await select(page, 'encoder', 'connector');
  await page.keyboard.press('Control+Shift+g');
  await page.keyboard.press('Escape');
  await title(page, 'vision-encoder-and-projector').dblclick();
  await page.getByLabel('Name of this subgraph').fill('Seeing');
  await page.locator('.react-flow__pane').click({ position: { x: 600, y: 30 } });
  await page.keyboard.press('Escape');
  await title(page, 'vision-encoder-and-projector').click();
  await page.keyboard.press('Control+Shift+l');
  await expect(page.getByRole('status').filter({ hasText: '“Seeing” is in your library' })).toBeVisible();

  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('navigation', { name: 'Open subgraphs' })).toBeHidden();
  await expect(page.locator('.module')).toHaveCount(5);
  await page.getByRole('button', { name: 'Seeing', exact: true }).click();
  await expect(page.locator('.module')).toHaveCount(6);
  await page.keyboard.press('Control+z');
  await expect(page.locator('.module')).toHaveCount(5);
  expect((await exported(page)).subgraphs).toBeUndefined();

  // At the end of a wire it is offered where its ports fit, and comes wired.
  const from = await node(page, 'photo').locator('.source[data-handleid="image"]').boundingBox();
  await page.mouse.move((from?.x ?? 0) + 4, (from?.y ?? 0) + 4);
  await page.mouse.down();
  await page.mouse.move((from?.x ?? 0) + 60, 720, { steps: 8 });
  await page.mouse.up();
  await page.keyboard.type('seeing');
  await expect(page.getByRole('option')).toHaveText(/Seeing/);
  await page.keyboard.press('Enter');
  const added = page.locator('.module[data-kind="subgraph"]');
  await expect(added.locator('.module-title')).toHaveText('Seeing');
  const { nodes } = await exported(page);
  expect(nodes['vision-encoder-and-projector']?.inputs).toEqual({ image: 'photo.image' });
  await shot(page, 'library');
  await look(page, 'the library of subgraphs', undefined, '.palette');

  // Its name in the library is changed by the keyboard, or left as it was; the one in this graph keeps its own.
  const entry = (name: string) => page.getByRole('button', { name, exact: true });
  await entry('Rename Seeing in the library').click();
  await page.keyboard.type('Not this');
  await page.keyboard.press('Escape');
  await expect(entry('Seeing')).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.type('Eyes');
  await page.keyboard.press('Enter');
  await expect(entry('Eyes')).toBeFocused();
  await expect(entry('Seeing')).toBeHidden();
  await expect(added.locator('.module-title')).toHaveText('Seeing');
  await entry('Eyes').click();
  await expect(added.locator('.module-title')).toHaveText(['Seeing', 'Eyes']);
  await page.keyboard.press('Control+z');

  await entry('Remove Eyes from the library').click();
  await expect(entry('Eyes')).toBeHidden();
  await expect(added).toHaveCount(1);
});

test('wires into a subgraph are refused by their type, and its ports are renamed everywhere', async ({ page }) => {
  await openGraph(page, app, START);
  await select(page, 'encoder', 'connector');
  await page.keyboard.press('Control+Shift+g');
  const id = 'vision-encoder-and-projector';
  const port = (of: string, side: string, name: string) => node(page, of).locator(`.${side}[data-handleid="${name}"]`);
  await port('question', 'source', 'text').hover();
  await page.mouse.down();
  const to = await port(id, 'target', 'image').boundingBox();
  await page.mouse.move((to?.x ?? 0) + 3, (to?.y ?? 0) + 3, { steps: 8 });
  await expect(page.locator('.refusal')).toContainText('A text wire does not fit here');
  await page.mouse.up();
  expect((await exported(page)).nodes[id]?.inputs).toEqual({ image: 'photo.image' });

  await title(page, id).click();
  await page.keyboard.press('Enter');
  await title(page, 'embeddings').click();
  await page.getByLabel('Name of this port').fill('visual');
  await page.keyboard.press('Enter');
  await expect(title(page, 'visual')).toBeVisible();
  await page.getByRole('navigation', { name: 'Open subgraphs' }).getByRole('button').click();
  await expect(port(id, 'source', 'visual')).toBeVisible();
  expect((await exported(page)).nodes.llm?.inputs?.visual).toEqual([`${id}.visual`]);
  await expect(page.locator('.status-problems')).toBeHidden();
});

test('a group carries what stands in it; notes are written, coloured, copied and resized', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openGraph(page, app, PAIR);
  await select(page, 'photo', 'words');
  await page.keyboard.press('Control+g');
  await expect(page.getByLabel('Name of this group')).toBeFocused();
  await page.keyboard.type('Inputs');
  const frame = page.locator('.group');
  await expect(frame).toHaveAccessibleName('Group: Inputs');
  const before = await exported(page);

  const head = await page.locator('.group-title').boundingBox();
  if (!head) throw new Error('not on screen');
  await page.mouse.move(head.x + 20, head.y + 12);
  await page.mouse.down();
  await page.mouse.move(head.x + 22, head.y + 14);
  await page.mouse.move(head.x + 20, head.y + 92, { steps: 8 });
  await page.mouse.up();
  const moved = await exported(page);
  const down = (moved.groups?.group?.at[1] ?? 0) - (before.groups?.group?.at[1] ?? 0);
  expect(down).toBeGreaterThan(20);
  for (const id of ['photo', 'words'])
    expect((moved.layout?.[id]?.[1] ?? 0) - (before.layout?.[id]?.[1] ?? 0)).toBe(down);
  expect(moved.layout?.seen).toEqual(before.layout?.seen);
  await page.keyboard.press('Control+z');
  expect(await exported(page)).toEqual(before);

  // Where all of the note is in view: to click it, nothing has to be scrolled, which React Flow would undo meanwhile.
  await page.mouse.move(760, 380);
  await page.keyboard.press('Shift+N');
  await page.keyboard.type('# Why\n- **64** tokens');
  await page.keyboard.press('Escape');
  const note = page.locator('.note');
  await expect(note.locator('h4')).toHaveText('Why');
  await expect(note.locator('li strong')).toHaveText('64');
  await page.getByRole('button', { name: 'green' }).click();
  await page.getByLabel('Width').fill('300');
  await shot(page, 'notes');
  await look(page, 'a note and a group');
  await page.keyboard.press('Escape');
  await note.click();
  await page.keyboard.press('Control+c');
  await page.mouse.move(1000, 400);
  await page.keyboard.press('Control+v');
  await expect(note).toHaveCount(2);
  const { notes } = await exported(page);
  expect(notes?.['note-2']).toMatchObject({ text: '# Why\n- **64** tokens', colour: 'green', size: [300, 140] });
  await page.keyboard.press('Delete');
  await expect(note).toHaveCount(1);
});

test('a subgraph is repeated: its rounds are parameters, run one after another, and are seen in it', async ({
  page,
}) => {
  const more = {
    schemaVersion: 1,
    title: 'Tiles of tiles',
    nodes: {
      photo: { kind: 'image' },
      cut: { kind: 'subgraph', params: { graph: 'cut' }, inputs: { picture: 'photo.image' } },
      seen: { kind: 'view', inputs: { value: 'cut.next-picture' } },
    },
    layout: { photo: [0, 0], cut: [300, 0], seen: [620, 0] },
    subgraphs: {
      cut: {
        title: 'Cut',
        nodes: {
          picture: { kind: 'subgraph-input' },
          tiler: {
            kind: 'tiler',
            params: { design: 'internvl', tile: 64, maxTiles: 1, thumbnail: false },
            inputs: { image: 'picture.value' },
          },
          'next-picture': { kind: 'subgraph-output', inputs: { value: 'tiler.image' } },
        },
        layout: { picture: [0, 0], tiler: [260, 0], 'next-picture': [560, 0] },
      },
    },
  };
  await openGraph(page, app, JSON.stringify(more));
  await select(page, 'cut');
  await page.keyboard.press('Shift+R');
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector.getByRole('button', { name: 'Repeat' })).toHaveAttribute('aria-pressed', 'true');
  await inspector.getByLabel('Most rounds', { exact: true }).fill('2');
  // The limit of the condition is there for numbers, the pattern for texts.
  await expect(inspector.getByLabel('Pattern')).toBeHidden();
  await inspector.getByLabel('Condition').selectOption('matches');
  await expect(inspector.getByLabel('Pattern')).toBeVisible();
  await expect(inspector.getByLabel('Limit')).toBeHidden();
  expect((await exported(page)).nodes.cut).toMatchObject({ kind: 'repeat', params: { graph: 'cut', times: 2 } });

  await page.keyboard.press('Control+Enter');
  await expect(page.locator('.run-status')).toContainText('Finished', { timeout: 60_000 });
  await expect(node(page, 'cut').locator('.module')).toHaveAttribute('data-state', 'finished');
  await shot(page, 'repeated');
  await title(page, 'cut').click();
  await page.keyboard.press('Enter');
  await expect(node(page, 'tiler').locator('.module-foot')).toContainText('ms');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await title(page, 'cut').click();
  await page.keyboard.press('Shift+R');
  expect((await exported(page)).nodes.cut).toMatchObject({ kind: 'subgraph', params: { graph: 'cut' } });
});
