// Draws the plain example pictures: `node graphs/examples/pictures/draw.mjs`.
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const pictures = {
  shapes: [
    512,
    384,
    '<rect x="60" y="70" width="110" height="110" fill="#d62828"/><circle cx="330" cy="130" r="70" fill="#1d5fd1"/><path d="M250 340 L320 220 L390 340 Z" fill="#f2b705"/><rect x="100" y="250" width="70" height="70" fill="#d62828"/>',
  ],
  panorama: [
    1344,
    336,
    Array.from({ length: 8 }, (_, i) => `<circle cx="${84 + i * 168}" cy="168" r="60" fill="hsl(${i * 45} 70% 45%)"/>`).join(''),
  ],
  chart: [
    640,
    480,
    [120, 260, 180, 340, 90]
      .map((height, i) => `<rect x="${70 + i * 110}" y="${420 - height}" width="70" height="${height}" fill="#2a9d8f"/>`)
      .join('') + '<path d="M50 30 V420 H610" fill="none" stroke="#222" stroke-width="4"/>',
  ],
};

for (const [name, [width, height, body]] of Object.entries(pictures)) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${body}</svg>`;
  await sharp(Buffer.from(svg)).png({ palette: true }).toFile(fileURLToPath(new URL(`${name}.png`, import.meta.url)));
}
