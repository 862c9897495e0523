import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoProcessor, AutoTokenizer, env, RawImage, type Tensor } from '@huggingface/transformers';
import type { Turn } from '../../../nodes/imports/chat.ts';
import type { ImportedModel } from '../../../nodes/run.ts';
import type { Raster } from '../../../nodes/values.ts';

env.allowRemoteModels = false;
env.localModelPath = '';

/** A file of test/fixtures/imports/<family>, as text; undefined where the family has none of that name. */
export function fixture(family: string, file: string): string | undefined {
  try {
    return readFileSync(new URL(`../../fixtures/imports/${family}/${file}`, import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}

/** A folder in the Hub's layout that the reference loads. */
export function writeFolder(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  return folder;
}

/** The same files as a node reads them. */
export function modelOf(family: string, files: Readonly<Record<string, unknown>>, template?: string): ImportedModel {
  const unused = (): never => {
    throw new Error('no model file is read here');
  };
  return {
    name: family,
    facts: { family, digest: '' },
    folder: family,
    path: unused,
    real: unused,
    lean: unused,
    json: (file) => files[file] as Readonly<Record<string, unknown>> | undefined,
    text(file) {
      if (file === 'chat_template.jinja') return template;
      return files[file] === undefined ? undefined : JSON.stringify(files[file]);
    },
  };
}

/** Messages as users of transformers.js write them: a list of parts, or text with marks in it. */
export function messages(turns: readonly Turn[], mark: string | undefined): object[] {
  return turns.map(({ role, said }) => {
    if (mark !== undefined) return { role, content: said.map((each) => ('text' in each ? each.text : mark)).join('') };
    const parts = said.map((each) => ('text' in each ? { type: 'text', text: each.text } : { type: 'image' }));
    return { role, content: parts };
  });
}

export const rawImage = ({ width, height, data }: Raster) =>
  new RawImage(new Uint8ClampedArray(data), width, height, 3);

export interface Reference {
  (...args: readonly unknown[]): Promise<{ readonly input_ids: Tensor }>;
  apply_chat_template(messages: readonly object[], options: object): string;
  readonly tokenizer: ReferenceTokenizer;
}

interface ReferenceTokenizer {
  (text: string): { readonly input_ids: Tensor };
  apply_chat_template(messages: readonly object[], options: object): number[];
}

export const ids = ({ input_ids }: { readonly input_ids: Tensor }) => [...input_ids.data].map(Number);

export const referenceProcessor = async (folder: string) =>
  (await AutoProcessor.from_pretrained(folder)) as unknown as Reference;

export const referenceTokenizer = async (folder: string) =>
  (await AutoTokenizer.from_pretrained(folder)) as unknown as ReferenceTokenizer;
