/** Solutions as reasoning models write them: `<think>`, a step a line, `</think>`, the answer. */

const THOUGHT_END = '</think>';

/** What a solution answers: the text after the thought, trimmed; empty where the thought was not ended. */
export function answerIn(text: string): string {
  const at = text.lastIndexOf(THOUGHT_END);
  return at < 0 ? '' : text.slice(at + THOUGHT_END.length).trim();
}

/** Whether a text holds a thought that was ended, and an answer after it. */
export function isWhole(text: string): boolean {
  return answerIn(text) !== '';
}

/** The steps of a solution: each line that was ended, and the answer, where there is one. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  return isWhole(text) ? [...lines, rest] : lines;
}
