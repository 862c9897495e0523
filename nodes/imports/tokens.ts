import { Tokenizer } from '@huggingface/tokenizers';
import { type TextTokenizer, textTokenizer } from '../generation/tokenizer.ts';
import { type ImportedModel, NodeError } from '../run.ts';
import { object, text } from './export.ts';

/** The tokenizer of an export: its `tokenizer.json`, with what `tokenizer_config.json` says of it. */
export interface ImportedTokenizer extends TextTokenizer {
  /** With the tokens that stand around every text of this model, such as a first one. */
  encodeWhole(text: string): number[];
  /** Texts of special tokens by their roles: `bos_token`, `eos_token`, …. */
  readonly special: Readonly<Record<string, string>>;
  /** Most tokens of a text, where tokenizer_config.json tells. */
  readonly context?: number;
}

const kept = new Map<string, { readonly text: string; readonly tokenizer: ImportedTokenizer }>();

/** Throws a sentence where there is none, or it cannot be used. */
export function importedTokenizer(model: ImportedModel, name: string): ImportedTokenizer {
  const json = model.text('tokenizer.json');
  if (json === undefined)
    throw new NodeError(`${name} has no tokenizer.json, so that text cannot be cut into tokens.`, 'Download it too.');
  const known = kept.get(model.folder);
  if (known?.text === json) return known.tokenizer;
  const config = model.json('tokenizer_config.json') ?? {};
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(model.json('tokenizer.json') ?? {}, config);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NodeError(`tokenizer.json of ${name} cannot be used: ${why}.`, 'Download it again.');
  }
  const made: ImportedTokenizer = {
    ...textTokenizer(tokenizer),
    encodeWhole: (whole) => tokenizer.encode(whole).ids,
    special: specialTokens(config),
    ...contextOf(config),
  };
  kept.set(model.folder, { text: json, tokenizer: made });
  return made;
}

/** Tokenizers that know no limit say so with a number beyond all sense. */
function contextOf({ model_max_length: most }: Readonly<Record<string, unknown>>): { context?: number } {
  return typeof most === 'number' && most < 1e9 ? { context: most } : {};
}

/** A token stands as its text or as an object that holds it. */
function specialTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const tokens = Object.entries(config).filter(([field]) => /^(bos|eos|unk|sep|pad|cls|mask)_token$/.test(field));
  return Object.fromEntries(
    tokens.flatMap(([field, value]) => {
      const token = text(value) ?? text(object(value)?.content);
      return token === undefined ? [] : [[field, token]];
    }),
  );
}
