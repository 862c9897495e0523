/** Something to draw on, so many pixels wide and high. */
export function ground(width: number, height: number) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser draws no pictures: another one, or the app itself, does.');
  return { canvas, context };
}
