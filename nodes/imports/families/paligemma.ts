import type { Family } from './family.ts';

/** PaliGemma: pictures, the first token, the text and a newline; positions are counted from 1 (processing_paligemma.py). */
export const paligemma: Family = {
  types: ['paligemma'],
  firstPosition: 1,
  prompt: (question, pictures) => `${pictures.join('')}<bos>${question}\n`,
};
