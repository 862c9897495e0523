import type { PromptTokens } from '../generation/decode.ts';
import type { TextTokenizer } from '../generation/tokenizer.ts';
import type { EmbeddingsValue, FloatTensor, TextValue } from '../values.ts';
import { type Chat, type DecoderConfig, positionAxes } from './config.ts';

/** Where a visual input stands in a prompt's text. */
export const IMAGE_MARK = '<image>';

/** A prompt as tokens, and how many of them are text and how many visual. */
export interface PreparedPrompt {
  readonly tokens: PromptTokens;
  readonly counts: { readonly prompt: number; readonly visual: number };
  /** Most tokens that the model has positions for after this prompt. */
  readonly room: number;
}

/** A stretch of a prompt: text, or one visual input. */
type PartOf<Visual> = { readonly text: string } | { readonly visual: Visual };
type Part = PartOf<EmbeddingsValue>;

/**
 * Tokens of a question about visual inputs: the first `<image>` mark takes the first input, and so on; inputs without
 * a mark stand before the text. Throws an `Error` where there are more marks than inputs, or more tokens than the model
 * has positions for.
 */
export function preparePrompt(
  config: DecoderConfig,
  chat: Chat,
  tokenizer: TextTokenizer,
  question: TextValue,
  visual: readonly EmbeddingsValue[],
): PreparedPrompt {
  const parts = dressed(chat, question, placed(question.text, visual));
  const builder = new PromptBuilder(config);
  const marks = VISUAL_MARKS[chat]?.filter((mark) => tokenizer.idOf(mark) !== undefined) ?? [];
  for (const part of parts) {
    if ('text' in part) builder.text(tokenizer.encode(part.text));
    else {
      const [before, after] = config.positions.kind === 'multimodal' ? marks : [];
      if (before) builder.mark(tokenizer.encode(before));
      builder.pictures(part.visual);
      if (after) builder.mark(tokenizer.encode(after));
    }
  }
  return builder.done();
}

/** Tokens around a picture (Qwen2-VL); they count as visual tokens. */
const VISUAL_MARKS: Readonly<Partial<Record<Chat, readonly [string, string]>>> = {
  chatml: ['<|vision_start|>', '<|vision_end|>'],
};

/**
 * A text cut at its marks, with the visual inputs in their places; see `preparePrompt`. `between`: stands between inputs
 * without a mark and the text.
 */
export function placed<Visual>(text: string, visual: readonly Visual[], between = '\n'): PartOf<Visual>[] {
  const pieces = text.split(IMAGE_MARK);
  const marks = pieces.length - 1;
  if (marks > visual.length)
    throw new Error(
      `the prompt has ${marks} ${IMAGE_MARK} marks, but ${visual.length} visual inputs are wired: wire more, or take marks out`,
    );
  const unmarked = visual.slice(marks).map((one): PartOf<Visual> => ({ visual: one }));
  const marked = pieces.flatMap((piece, i): PartOf<Visual>[] => {
    const input = visual[i];
    return i < marks && input !== undefined ? [{ text: piece }, { visual: input }] : [{ text: piece }];
  });
  return [...unmarked, ...(unmarked.length > 0 && pieces[0] ? [{ text: between }] : []), ...marked];
}

/** What stands around a question and before the answer, as each family was tuned. */
function dressed(chat: Chat, { system }: TextValue, question: readonly Part[]): Part[] {
  const [before, after] = FRAMES[chat](system ?? '');
  return joined([{ text: before }, ...question, { text: after }]);
}

/** Neighbouring texts as one: cut apart, a tokenizer would put a space where they meet. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last && 'text' in last && 'text' in part) result[result.length - 1] = { text: last.text + part.text };
    else result.push(part);
  }
  return result.filter((part) => !('text' in part) || part.text !== '');
}

const FRAMES: Readonly<Record<Chat, (system: string) => readonly [string, string]>> = {
  plain: (system) => [system === '' ? '' : `${system}\n\n`, ''],
  vicuna: (system) => [`<s>${system === '' ? '' : `${system} `}USER: `, ' ASSISTANT:'],
  'llama-3': (system) => [
    `<|begin_of_text|>${system === '' ? '' : turn('system', system)}<|start_header_id|>user<|end_header_id|>\n\n`,
    '<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  ],
  chatml: (system) => [
    `${system === '' ? '' : `<|im_start|>system\n${system}<|im_end|>\n`}<|im_start|>user\n`,
    '<|im_end|>\n<|im_start|>assistant\n',
  ],
  tiny: (system) => [system === '' ? '<user>' : `<user>${system} `, '<assistant>'],
};

const turn = (role: string, text: string) => `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`;

/** Lays tokens in a row, each with its position: one number, or time, row and column (Qwen2-VL, section 2.1). */
class PromptBuilder {
  private readonly ids: number[] = [];
  private readonly slots: number[] = [];
  private readonly rows: FloatTensor[] = [];
  private readonly positions: number[][];
  private at = 0;
  private marks = 0;

  constructor(private readonly config: DecoderConfig) {
    this.positions = Array.from({ length: positionAxes(config) }, () => []);
  }

  /** A tokenizer may know more tokens than the model (GPT-2's 50,257 and SmolLM2's 49,152): their ids wrap around. */
  text(ids: readonly number[]): void {
    for (const id of ids) this.token(id % this.config.vocabulary, this.at++);
  }

  mark(ids: readonly number[]): void {
    this.marks += ids.length;
    this.text(ids);
  }

  /** All pictures or tiles of an input, a thumbnail first, as LLaVA-NeXT has it. */
  pictures({ tensor, grid, tiling }: EmbeddingsValue): void {
    const [count = 0, tokens = 0, width = 0] = tensor.dims;
    const order = Array.from({ length: count }, (_, i) => i);
    if (tiling?.thumbnail) order.unshift(order.pop() ?? 0);
    for (const picture of order) {
      const data = tensor.data.subarray(picture * tokens * width, (picture + 1) * tokens * width);
      this.rows.push({ dtype: 'float32', dims: [tokens, width], data });
      this.picture(tokens, grid);
    }
  }

  done(): PreparedPrompt {
    const { ids, slots, positions, at } = this;
    if (ids.length === 0) throw new Error('the prompt is empty: write a question, or wire a picture');
    const { width, positions: kind } = this.config;
    const limit = kind.kind === 'learned' ? kind.count - kind.offset : Number.POSITIVE_INFINITY;
    if (ids.length > limit)
      throw new Error(`the prompt has ${ids.length} tokens, but the model has positions for ${limit}: shorten it`);
    const data = new Float32Array(slots.length * width);
    let offset = 0;
    for (const row of this.rows) {
      data.set(row.data, offset);
      offset += row.data.length;
    }
    const visual = slots.length + this.marks;
    return {
      tokens: { ids, slots, positions, next: at, visual: { dtype: 'float32', dims: [slots.length, width], data } },
      counts: { prompt: ids.length - visual, visual },
      // The last token generated is not read again, so it needs no position.
      room: limit - ids.length + 1,
    };
  }

  private picture(tokens: number, grid: readonly [number, number] | undefined): void {
    const start = this.at;
    const spread = this.positions.length === 3 && grid ? grid : undefined;
    for (let i = 0; i < tokens; i++) {
      this.slots.push(this.ids.length);
      if (spread) this.token(0, start, start + Math.floor(i / spread[1]), start + (i % spread[1]));
      else this.token(0, this.at++);
    }
    if (spread) this.at = start + Math.max(...spread);
  }

  private token(id: number, ...places: readonly number[]): void {
    this.ids.push(id);
    this.positions.forEach((axis, i) => {
      axis.push(places[i] ?? places[0] ?? 0);
    });
  }
}
