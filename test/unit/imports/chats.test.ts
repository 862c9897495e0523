import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { resample } from '../../../electron/backend/runtime/images.ts';
import { readTemplate, type Turn } from '../../../nodes/imports/chat.ts';
import type { DecoderFacts } from '../../../nodes/imports/facts.ts';
import { processorOf } from '../../../nodes/imports/processors/processors.ts';
import { type ImportedPrompter, prompter } from '../../../nodes/imports/prompt.ts';
import { importedTokenizer } from '../../../nodes/imports/tokens.ts';
import type { EmbeddingsValue, Raster } from '../../../nodes/values.ts';
import { CHATS } from './chats.ts';
import { FAMILIES, type FamilyFixture } from './families.ts';
import { picture } from './pictures.ts';
import {
  fixture,
  ids,
  messages,
  modelOf,
  type Reference,
  rawImage,
  referenceProcessor,
  referenceTokenizer,
  writeFolder,
} from './reference.ts';
import { type PackagedTokenizer, packagedTemplate, type TokenizerFile, tokenizerFile } from './tokenizers.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = writeFolder(files);
  folders.push(folder);
  return folder;
}

/** Of a decoder only what a prompt needs is told. */
const DECODER: DecoderFacts = {
  file: { path: '', bytes: 0, parameters: 0, opset: 21, inputs: [], outputs: [] },
  layers: 1,
  kvHeads: 1,
  headDim: 1,
  width: 1,
  vocabulary: 1_000_000,
  cacheType: 'float32',
  cache: 'growing',
  axes: 1,
  firstPosition: 0,
  ends: [],
};

function decoderOf({ added_tokens }: TokenizerFile, image: string | undefined): DecoderFacts {
  const token = added_tokens.find(({ content }) => content === image);
  return token ? { ...DECODER, imageToken: { id: token.id, text: token.content } } : DECODER;
}

interface Loaded {
  readonly ours: ImportedPrompter;
  readonly folder: string;
  readonly files: Readonly<Record<string, unknown>>;
}

/** One family's files, written for the reference and read by us: there the template stands in tokenizer_config.json. */
function load(family: string, { type, tokenizer, added, config, image, preprocessor }: FamilyFixture): Loaded {
  const template = fixture(family, 'chat_template.jinja') ?? packagedTemplate(tokenizer);
  const parsed = (file: string) => JSON.parse(fixture(family, file) ?? '{}');
  const model = tokenizerFile(tokenizer, added);
  const shared = {
    'config.json': { model_type: type },
    'tokenizer.json': model,
    'processor_config.json': parsed('processor_config.json'),
    'preprocessor_config.json': { ...parsed('preprocessor_config.json'), ...preprocessor },
  };
  const folder = folderOf({
    ...shared,
    'tokenizer_config.json': { ...config, chat_template: [{ name: 'default', template }] },
  });
  const ourModel = modelOf(type, { ...shared, 'tokenizer_config.json': config }, template);
  const decoder = decoderOf(model, image);
  return { ours: prompter(family, ourModel, decoder, importedTokenizer(ourModel, family)), folder, files: shared };
}

/** Pictures of a chat, each of another shape. */
const SHAPES = [picture(90, 60), picture(40, 130), picture(64, 64)];

function picturesOf(turns: readonly Turn[]): Raster[] {
  const count = turns.flatMap(({ said }) => said.filter((each) => 'picture' in each)).length;
  return SHAPES.slice(0, count);
}

/** What an encoder gives for one picture in `count` tiles: only how many tokens there are matters. */
function embeddings(count: number, tokens: number): EmbeddingsValue {
  return {
    type: 'embeddings',
    tensor: { dtype: 'float32', dims: [count, tokens, 1], data: new Float32Array(count * tokens) },
  };
}

/** What an encoder would give for each; the grid is that of merged patches. */
async function embedded(files: Loaded['files'], family: string, images: readonly Raster[]): Promise<EmbeddingsValue[]> {
  const { pictures } = await processorOf(files['preprocessor_config.json']).process(images, resample);
  const { image_seq_len, num_image_tokens } = files['processor_config.json'] as Record<string, number | undefined>;
  return pictures.map(({ seen: [height, width], tiles: [rows, cols], grid }) => {
    const count = rows * cols + 1;
    const tokens = grid ? (grid[1] * grid[2]) / 4 : (image_seq_len ?? num_image_tokens ?? (height / 14) * (width / 14));
    return {
      ...embeddings(count, tokens),
      tiling: { rows, cols, thumbnail: true, width, height },
      ...(family === 'qwen2-vl' && grid && { grid: [grid[1] / 2, grid[2] / 2] as const }),
    };
  });
}

/** Ids, or the reason why the template refuses the chat. */
async function idsOrRefusal(make: () => readonly number[] | Promise<readonly number[]>) {
  try {
    return await make();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Ids with repeated ones counted, so that a difference can be read. */
function runs(of: readonly number[] | string): string {
  return typeof of === 'string'
    ? of
    : of.join(' ').replace(/\b(\d+)(?: \1\b)+/g, (run, id) => `${id}×${run.split(' ').length}`);
}

it('there are fifty chats', () => expect(CHATS).toHaveLength(50));

describe.each(Object.entries(FAMILIES))('%s', (family, known) => {
  it('gives the ids of transformers.js for fifty chats', { timeout: 300_000 }, async () => {
    const { ours, folder, files } = load(family, known);
    const reference = known.image ? await processorIds(family, folder) : await textIds(folder);
    const refused: number[] = [];
    // Chats have the first one, two or three of the same pictures.
    const shown = known.image ? SHAPES : [];
    const seen = await Promise.all(shown.map((_, n) => embedded(files, family, shown.slice(0, n + 1))));
    for (const [n, chat] of CHATS.entries()) {
      const turns = known.image ? chat : unseen(chat);
      const images = picturesOf(turns);
      const visual = seen[images.length - 1] ?? [];
      const theirs = await idsOrRefusal(() => reference(turns, images));
      const mine = await idsOrRefusal(() => ours.converse(turns, visual).tokens.ids);
      if (typeof theirs === 'string') {
        refused.push(n);
        expect(mine).toBe(`The chat template of ${family} cannot be used: ${theirs.replace(/\.$/, '')}.`);
        continue;
      }
      // Its template writes the first token, and its tokenizer adds another: here it stands once, as in Python.
      const expected = family === 'idefics3' ? theirs.slice(1) : theirs;
      expect(runs(mine), `chat ${n}`).toBe(runs(expected));
    }
    expect(refused).toEqual(known.refuses ?? []);
  });
});

/** For a model of text only. */
function unseen(turns: readonly Turn[]): Turn[] {
  return turns.map(({ role, said }) => ({ role, said: said.filter((each) => 'text' in each) }));
}

async function textIds(folder: string) {
  const tokenizer = await referenceTokenizer(folder);
  return (turns: readonly Turn[]) =>
    tokenizer.apply_chat_template(messages(turns, ''), {
      add_generation_prompt: true,
      return_tensor: false,
      return_dict: false,
    });
}

async function processorIds(family: string, folder: string, mark = FAMILIES[family]?.image ?? '') {
  const processor = await referenceProcessor(folder);
  const counts = new Map<Raster, Promise<number>>();
  const placesOf = (image: Raster) => {
    const count = counts.get(image) ?? places(processor, family, rawImage(image));
    counts.set(image, count);
    return count;
  };
  return async (turns: readonly Turn[], images: readonly Raster[]) => {
    if (family === 'janus') {
      const roles: Record<string, string> = { user: '<|User|>', assistant: '<|Assistant|>' };
      const named = messages(turns, '<image_placeholder>').map((m) => ({
        ...m,
        role: roles[(m as Turn).role] ?? 'system',
      }));
      return ids(await processor(named, { images: images.map(rawImage) }));
    }
    const text = processor.apply_chat_template(messages(turns, undefined), { add_generation_prompt: true });
    if (images.length === 0) return ids(processor.tokenizer(text));
    const pictures = images.map(rawImage);
    if (!family.startsWith('llava') && family !== 'qwen2-vl') return ids(await processor(text, pictures));
    // It writes out the first mark of LLaVA only, and takes Qwen's pictures for a film: each picture by itself.
    const [first = '', ...rest] = text.split(mark);
    const marks = await Promise.all(images.map(placesOf));
    return ids(processor.tokenizer(first + rest.map((piece, i) => mark.repeat(marks[i] ?? 0) + piece).join('')));
  };
}

/** How many tokens the reference gives a picture. */
async function places(processor: Reference, family: string, image: unknown): Promise<number> {
  const mark = FAMILIES[family]?.image ?? '';
  const [id] = ids(processor.tokenizer(mark)).slice(-1);
  const made = await (family === 'qwen2-vl' ? processor(mark, [image]) : processor([image], mark));
  return ids(made).filter((each) => each === id).length;
}

describe('models without a chat template', () => {
  const files = (type: string, tokenizer: PackagedTokenizer, added: readonly string[], config: object) => ({
    'config.json': { model_type: type },
    'tokenizer.json': { ...tokenizerFile(tokenizer, added), post_processor: null },
    'tokenizer_config.json': config,
    'preprocessor_config.json': JSON.parse(fixture('paligemma', 'preprocessor_config.json') ?? ''),
  });
  const promptOf = (type: string, of: ReturnType<typeof files>, image?: string) => {
    const model = modelOf(type, of);
    const decoder = decoderOf(of['tokenizer.json'], image);
    return prompter(type, model, decoder, importedTokenizer(model, type));
  };
  const questions = CHATS.filter(({ length }) => length === 1).flatMap(([turn]) => turn ?? []);
  const textOf = ({ said }: Turn) => said.map((each) => ('text' in each ? each.text : '')).join('');

  it('paligemma: pictures, the first token, the text and a line feed', async () => {
    const of = files('paligemma', 'llama2', ['<bos>', '<image>'], { bos_token: '<bos>' });
    const [ours, reference] = [promptOf('paligemma', of, '<image>'), await referenceProcessor(folderOf(of))];
    for (const turn of questions) {
      const images = picturesOf([turn]);
      if (images.length === 0) continue;
      const visual = images.map(() => embeddings(1, 256));
      const theirs = await reference(images.map(rawImage), `${'<image>'.repeat(images.length)}${textOf(turn)}`);
      expect(runs(ours.converse([turn], visual).tokens.ids)).toBe(runs(ids(theirs)));
    }
  });

  it('moondream: a question and the word for its answer', async () => {
    const of = files('moondream1', 'gpt2', ['<image>'], {});
    const [ours, reference] = [promptOf('moondream1', of, '<image>'), await referenceTokenizer(folderOf(of))];
    for (const turn of questions) {
      const visual = [embeddings(1, 729)];
      const theirs = reference(`${'<image>'.repeat(729)}\n\nQuestion: ${textOf(turn)}\n\nAnswer:`);
      const question = { type: 'text', text: textOf(turn) } as const;
      expect(runs(ours.prepare(question, visual).tokens.ids)).toBe(runs(ids(theirs)));
    }
  });

  it('another goes in as it is, which its answers say', async () => {
    const of = files('gpt2', 'gpt2', [], {});
    const [ours, reference] = [promptOf('gpt2', of), await referenceTokenizer(folderOf(of))];
    expect(ours.caveat).toBe('without a chat template');
    const question = { type: 'text', system: 'A system text.', text: 'Once upon a time' } as const;
    expect(ours.prepare(question, []).tokens.ids).toEqual(ids(reference('A system text.\n\nOnce upon a time')));
  });
});

describe('templates that cannot be used', () => {
  const special = {};
  it('one that is cut off says so', () => {
    expect(() => readTemplate('{% for message in messages %}', special, 'a model')).toThrow(
      /^The chat template of a model cannot be used: /,
    );
  });

  it('one that takes text only gets marks, and one that takes parts gets parts', () => {
    const said = [{ picture: true }, { text: 'What?' }] as const;
    const write = (source: string) =>
      readTemplate(source, special, 'a model').write([{ role: 'user', said }], '<here>');
    expect(write("{{ messages[0]['content'] }}")).toBe('<here>What?');
    expect(write("{% for part in messages[0]['content'] %}[{{ part['type'] }} {{ part['text'] }}]{% endfor %}")).toBe(
      '[image ][text What?]',
    );
  });
});
