const [THINK, END_OF_THOUGHT] = ['<think>', '</think>'];

/** What a solution answers: the text after its thought, trimmed; nothing where the thought was not ended. */
export function answerOf(text: string): string {
  const end = text.lastIndexOf(END_OF_THOUGHT);
  if (end >= 0) return text.slice(end + END_OF_THOUGHT.length).trim();
  return text.includes(THINK) ? '' : text.trim();
}

const NUMBER = /^[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/;

/** Answers with the same key are the same answer: numbers as numbers, words without case, spaces and a last full stop. */
export function answerKey(answer: string): string {
  const plain = answer.trim().replace(/\.$/, '').replace(/\s+/g, ' ').toLowerCase();
  return NUMBER.test(plain) ? String(Number(plain.replaceAll(',', ''))) : plain;
}
