import type { Family } from './family.ts';

/** Moondream 2 was tuned on plain questions and answers (vikhyatk/moondream2, moondream.py). */
export const moondream: Family = {
  types: ['moondream1', 'moondream'],
  prompt: (question, pictures) => `${pictures.join('')}\n\nQuestion: ${question}\n\nAnswer:`,
};
