import { ground } from './ground.ts';

/** A PNG of an SVG that needs nothing from elsewhere, `density` pixels for each of its own. */
export async function pngOf(svg: string, width: number, height: number, density: number): Promise<Blob> {
  const picture = new Image();
  picture.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    await picture.decode();
    const { canvas, context } = ground(density * width, density * height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob)
      throw new Error('The picture could not be drawn: it may be too large for this browser. SVG has no such bound.');
    return blob;
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}
