import type { Family } from './family.ts';

/** What a task's token stands for: the model reads the sentence (processing_florence2.py). */
const TASKS: Readonly<Record<string, string>> = {
  '<OCR>': 'What is the text in the image?',
  '<OCR_WITH_REGION>': 'What is the text in the image, with regions?',
  '<CAPTION>': 'What does the image describe?',
  '<DETAILED_CAPTION>': 'Describe in detail what is shown in the image.',
  '<MORE_DETAILED_CAPTION>': 'Describe with a paragraph what is shown in the image.',
  '<OD>': 'Locate the objects with category name in the image.',
  '<DENSE_REGION_CAPTION>': 'Locate the objects in the image, with their descriptions.',
  '<REGION_PROPOSAL>': 'Locate the region proposals in the image.',
};

/** The same for tasks that something is said of, which stands for `{}`. */
const ABOUT: Readonly<Record<string, string>> = {
  '<CAPTION_TO_PHRASE_GROUNDING>': 'Locate the phrases in the caption: {}',
  '<REFERRING_EXPRESSION_SEGMENTATION>': 'Locate {} in the image with mask',
  '<REGION_TO_SEGMENTATION>': 'What is the polygon mask of region {}',
  '<OPEN_VOCABULARY_DETECTION>': 'Locate {} in the image.',
  '<REGION_TO_CATEGORY>': 'What is the region {}?',
  '<REGION_TO_DESCRIPTION>': 'What does the region {} describe?',
  '<REGION_TO_OCR>': 'What text is in the region {}?',
};

/** Florence-2: the task as a sentence; its pictures stand before the text, in the encoder. */
export const florence2: Family = {
  types: ['florence2'],
  question: '<CAPTION>',
  prompt: (question) => TASKS[question] ?? sentenceAbout(question) ?? question,
};

function sentenceAbout(question: string): string | undefined {
  const found = Object.entries(ABOUT).find(([task]) => question.includes(task));
  return found?.[1].replaceAll('{}', question.replaceAll(found[0], ''));
}
