import { pathToFileURL } from 'node:url';
import { expect, type Page } from '@playwright/test';
import sharp from 'sharp';

/** Pictures that were exported, seen as others see them. */

/** An SVG file as a fresh page shows it in an `<img>`, where no script, style or font of the app is. */
export async function asImage(page: Page, path: string): Promise<Buffer> {
  const fresh = await page.context().newPage();
  await fresh.goto(pathToFileURL(path).href.replace(/[^/]*$/, ''));
  const [width, height] = await fresh.evaluate(async (url) => {
    document.body.innerHTML = '';
    document.body.style.margin = '0';
    const image = new Image();
    image.src = url;
    document.body.append(image);
    await image.decode();
    return [image.naturalWidth, image.naturalHeight] as const;
  }, pathToFileURL(path).href);
  await fresh.setViewportSize({ width, height });
  const shot = await fresh.screenshot();
  await fresh.close();
  return shot;
}

/** How far apart two pictures are, 0 to 255: on average, and in the cell of 16 × 16 pixels that differs most. */
export async function apart(a: Buffer | string, b: Buffer | string): Promise<{ mean: number; most: number }> {
  const { width = 0, height = 0 } = await sharp(b).metadata();
  const cells = async (picture: Buffer | string) => {
    const size = { width: Math.round(width / 16), height: Math.round(height / 16) };
    const drawn = await sharp(picture).flatten().removeAlpha().resize(width, height, { fit: 'fill' }).png().toBuffer();
    return sharp(drawn).resize(size.width, size.height, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
  };
  const [left, right] = await Promise.all([cells(a), cells(b)]);
  expect(left.length).toBe(right.length);
  const differences = [...left].map((value, at) => Math.abs(value - (right[at] ?? 0)));
  return {
    mean: differences.reduce((sum, each) => sum + each, 0) / differences.length,
    most: Math.max(...differences),
  };
}
