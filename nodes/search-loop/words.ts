import type { TextValue } from '../values.ts';

/** What a model is asked about its own attempts (Madaan et al. 2023, Self-Refine; Shinn et al. 2023, Reflexion). */

export function criticism({ text, system }: TextValue, attempt: string): TextValue {
  return {
    type: 'text',
    system,
    text: `${text}\n\nAn attempt:\n${attempt}\n\nCheck each step of this attempt. Say which step is wrong and why. If all are right, say only: ${NOTHING_WRONG}`,
  };
}

export const NOTHING_WRONG = 'Nothing is wrong.';

export function revision({ text, system }: TextValue, attempt: string, feedback: string): TextValue {
  return {
    type: 'text',
    system,
    text: `${text}\n\nAn attempt:\n${attempt}\n\nWhat is wrong with it:\n${feedback}\n\nSolve it again without these mistakes.`,
  };
}

export function reflection({ text, system }: TextValue, attempt: string): TextValue {
  return {
    type: 'text',
    system,
    text: `${text}\n\nThis attempt failed:\n${attempt}\n\nSay in one or two sentences what went wrong, and what to do differently next time.`,
  };
}

/** The question, with what was learned from attempts that failed. */
export function remembering(question: TextValue, memory: readonly string[]): TextValue {
  if (memory.length === 0) return question;
  return {
    ...question,
    text: `${question.text}\n\nFrom earlier attempts:\n${memory.map((each) => `- ${each}`).join('\n')}`,
  };
}
