import { Template } from '@huggingface/jinja';
import { type ImportedModel, NodeError } from '../run.ts';
import { text } from './export.ts';

/** What is said, in order: text, or the place of a picture. */
export type Said = { readonly text: string } | { readonly picture: true };

export interface Turn {
  /** `system`, `user`, `assistant`, or what the family calls them. */
  readonly role: string;
  readonly said: readonly Said[];
}

export interface ChatTemplate {
  /** Does it take a message as a list of texts and pictures? Otherwise text only, with marks in it. */
  readonly parts: boolean;
  /** The prompt, ready for the answer. `mark`: text that stands for a picture. Throws a `NodeError` where it refuses the turns. */
  write(turns: readonly Turn[], mark: string): string;
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

/**
 * Reads a template. `special`: texts of the special tokens by their roles (`bos_token`, …); `name`: of the model.
 * Throws a `NodeError` where it is none.
 */
export function readTemplate(source: string, special: Readonly<Record<string, string>>, name: string): ChatTemplate {
  const refused = (error: unknown, hint: string) => {
    const why = error instanceof Error ? error.message : String(error);
    return new NodeError(`The chat template of ${name} cannot be used: ${why.replace(/\.$/, '')}.`, hint);
  };
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    throw refused(error, 'Take another revision of the model.');
  }
  const render = (messages: readonly object[]) =>
    template.render({ messages, add_generation_prompt: true, tools: null, documents: null, ...special });
  const parts = takesParts(render);
  return {
    parts,
    write(turns, mark) {
      try {
        return render(turns.map((turn) => (parts ? listed(turn) : joined(turn, mark))));
      } catch (error) {
        throw refused(
          error,
          turns.some(({ role }) => role === 'system')
            ? 'Some models take no system text: leave it out.'
            : 'Take another revision of the model.',
        );
      }
    },
  };
}

function listed({ role, said }: Turn): object {
  // A message without parts is none to some templates: they look at the first.
  return { role, content: (said.length > 0 ? said : [{ text: '' }]).map(part) };
}

function joined({ role, said }: Turn, mark: string): object {
  return { role, content: said.map((each) => ('text' in each ? each.text : mark)).join('') };
}

function part(said: Said): object {
  return 'text' in said ? { type: 'text', text: said.text } : { type: 'image' };
}

const PROBE = 'probe-of-the-template';

/** Does a template write the parts of a message one by one? One that takes text only prints the list, or fails. */
function takesParts(render: (messages: readonly object[]) => string): boolean {
  try {
    const written = render([listed({ role: 'user', said: [{ text: PROBE }] })]);
    return written.includes(PROBE) && !/["']?type["']?\s*:/.test(written) && !written.includes('[object');
  } catch {
    return false;
  }
}
