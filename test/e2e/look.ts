import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import sharp from 'sharp';

/** Pictures of the documentation that are drawn in both themes; the others are dark. */
const IN_BOTH = ['run', 'panes'];

/**
 * Looks at the page as it stands, or at the dialog that is open: axe finds nothing serious, light and dark; of the light
 * theme only the contrast is another. `picture`: its name in docs/images, into which it is drawn where PATCHBAY_PICTURES is
 * set.
 */
export async function look(page: Page, view: string, picture?: string, within = 'body'): Promise<void> {
  await test.step(view, async () => {
    const part = (await page.locator('dialog[open]').count()) > 0 ? 'dialog[open]' : within;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Colours that change by a transition, however short, are the other theme's until it is over.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      // No frames are in the page; looking for them would take a page more for each look.
      const axe = new AxeBuilder({ page }).options({ preload: false }).include(part).setLegacyMode();
      const { violations } = await (colorScheme === 'light' ? axe.withRules('color-contrast') : axe).analyze();
      const serious = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`);
      expect.soft(serious, `${view}, ${colorScheme}`).toEqual([]);
      if (picture && process.env.PATCHBAY_PICTURES) await draw(page, picture, colorScheme);
    }
  });
}

async function draw(page: Page, picture: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const both = IN_BOTH.includes(picture);
  if (both || colorScheme === 'dark') await keepPicture(page, both ? `${picture}-${colorScheme}` : picture);
}

/** Keeps the page as a picture for the documentation, in 128 colours: it is a third of its size then. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const shot = await page.screenshot({ animations: 'disabled' });
  await sharp(shot).png({ colours: 128, effort: 10 }).toFile(`docs/images/${name}.png`);
}
