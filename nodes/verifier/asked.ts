import type { GenerateRequest, GeneratorValue } from '../llm/generator.ts';
import type { TextValue } from '../values.ts';
import type { Verdict } from './verifier.ts';

/** A verifier that is an LLM which is asked: any model with an answer to yes or no can be one. */

/** Greedy, and short: one word is wanted. */
const REQUEST: Omit<GenerateRequest, 'signal'> = {
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
  maxTokens: 8,
  stop: ['\n'],
};

/** A server may think first, in lines: that is let pass. */
const SERVER_REQUEST: Omit<GenerateRequest, 'signal'> = {
  ...REQUEST,
  maxTokens: 2048,
  stop: [],
  thinking: { budget: 0, shown: false },
};

/** Fills `{question}` and `{answer}`. */
export function judgePrompt(template: string, { text }: TextValue, solution: string): string {
  const slots: Readonly<Record<string, string>> = { question: text, answer: solution };
  return template.replace(/\{(question|answer)\}/g, (_, slot: string) => slots[slot] ?? '');
}

/** Asks about one solution after the other, or a server about all at once; `run` hears how many tokens each took. */
export async function askedVerdicts(
  generator: GeneratorValue,
  prompts: readonly string[],
  signal: AbortSignal,
  run: (tokens: number) => void,
): Promise<readonly Verdict[]> {
  const ask = async (text: string): Promise<Verdict> => {
    signal.throwIfAborted();
    const request = generator.server === undefined ? REQUEST : SERVER_REQUEST;
    const { answer } = await generator.generate({ type: 'text', text }, { ...request, signal });
    signal.throwIfAborted();
    const { prompt, visual, thinking, answer: said } = answer.tokens;
    run(prompt + visual + thinking + said);
    // After a thought the first token is not that of the word.
    return { score: chanceOfYes(answer.text, thinking > 0 ? [] : answer.logProbs) };
  };
  if (generator.server !== undefined) return Promise.all(prompts.map(ask));
  const verdicts: Verdict[] = [];
  for (const text of prompts) verdicts.push(await ask(text));
  return verdicts;
}

/**
 * How sure a yes is: the model's own probability of the word, where it is the first thing said; else 1 or 0 as the text
 * says, and one half where it says neither.
 */
export function chanceOfYes(text: string, logProbs: readonly number[]): number {
  const word = /\b(yes|no|true|false|right|wrong|correct|incorrect)\b/i.exec(text);
  if (!word) return 0.5;
  const yes = /^(yes|true|right|correct)$/i.test(word[0]);
  const sure = text.slice(0, word.index).trim() === '' ? Math.exp(logProbs[0] ?? 0) : 1;
  return yes ? sure : 1 - sure;
}
