import { IMAGE_MARK, placed } from '../../llm/prompt.ts';
import type { TextValue } from '../../values.ts';

/** A part of a message as OpenAI's chat completions have it. */
type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly Part[];
}

/**
 * A question as messages. `pictures`: a list of data URLs for each input, put in the places of the `<image>` marks as a
 * local LLM puts visual tokens there. Throws an `Error` where there are more marks than inputs.
 */
export function messagesOf(question: TextValue, pictures: readonly (readonly string[])[]): Message[] {
  const system: Message[] = question.system ? [{ role: 'system', content: question.system }] : [];
  if (pictures.length === 0 && !question.text.includes(IMAGE_MARK))
    return [...system, { role: 'user', content: question.text }];
  const content = placed(question.text, pictures).flatMap((part): Part[] => {
    if ('visual' in part) return part.visual.map((url) => ({ type: 'image_url', image_url: { url } }));
    return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  });
  return [...system, { role: 'user', content }];
}
