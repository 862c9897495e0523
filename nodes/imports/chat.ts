import { Template } from '@huggingface/jinja';
import { type ImportedModel, NodeError } from '../run.ts';
import { text } from './export.ts';

/** What a user says, in order: text, or the place of a picture. */
export type Said = { readonly text: string } | { readonly picture: true };

export interface Chat {
  readonly system?: string;
  readonly said: readonly Said[];
  /** Text that stands for a picture where the template takes text only. */
  readonly mark: string;
}

/** The chat template of a model: of its own file, or within its tokenizer's; undefined where there is none. */
export function chatTemplate(model: ImportedModel): string | undefined {
  const listed = model.json('tokenizer_config.json')?.chat_template;
  return (
    model.text('chat_template.jinja') ??
    text(model.json('chat_template.json')?.chat_template) ??
    text(model.json('processor_config.json')?.chat_template) ??
    text(listed) ??
    (Array.isArray(listed) ? text((listed.find((each) => each?.name === 'default') ?? listed[0])?.template) : undefined)
  );
}

/** The prompt as the template writes it, ready for the answer. Throws a sentence where the template cannot be used. */
export function chatText(
  template: string,
  special: Readonly<Record<string, string>>,
  { system, said, mark }: Chat,
  name: string,
): string {
  try {
    const parsed = new Template(template);
    const write = (content: unknown, of = system) =>
      parsed.render({
        messages: [
          ...(of ? [{ role: 'system', content: typeof content === 'string' ? of : [{ type: 'text', text: of }] }] : []),
          { role: 'user', content },
        ],
        add_generation_prompt: true,
        ...special,
      });
    if (!takesParts(write)) return write(said.map((each) => ('text' in each ? each.text : mark)).join(''));
    return write(said.map((each) => ('text' in each ? { type: 'text', text: each.text } : { type: 'image' })));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NodeError(
      `The chat template of ${name} cannot be used: ${why.replace(/\.$/, '')}.`,
      system ? 'Some models take no system text: leave it out.' : 'Take another revision of the model.',
    );
  }
}

const PROBE = 'probe-of-the-template';

/** Does a template write the parts of a message one by one? One that takes text only prints the list, or fails. */
function takesParts(write: (content: unknown, system?: string) => string): boolean {
  try {
    const written = write([{ type: 'text', text: PROBE }], '');
    return written.includes(PROBE) && !/["']?type["']?\s*:/.test(written) && !written.includes('[object');
  } catch {
    return false;
  }
}
