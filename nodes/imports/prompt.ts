import { type PreparedPrompt, placed } from '../llm/prompt.ts';
import { type ImportedModel, NodeError } from '../run.ts';
import type { EmbeddingsValue, TextValue } from '../values.ts';
import { chatTemplate, readTemplate, type Said, type Turn } from './chat.ts';
import type { DecoderFacts } from './facts.ts';
import type { Family } from './families/family.ts';
import { familyOf } from './families/index.ts';
import type { ImportedTokenizer } from './tokens.ts';

/** Stands for a picture in a prompt of a model that has no token for one. Of a private plane: no text holds it. */
const PLACE = '\u{F0000}';

export interface ImportedPrompter {
  prepare(question: TextValue, visual: readonly EmbeddingsValue[]): PreparedPrompt;
  /** Several turns; their pictures take the visual inputs in order. */
  converse(turns: readonly Turn[], visual: readonly EmbeddingsValue[]): PreparedPrompt;
  /** Said of every answer: that there was no chat template. */
  readonly caveat?: string;
}

/** Writes prompts as the model was tuned on: by its chat template, as its family does, or, without either, plainly. */
export function prompter(
  name: string,
  model: ImportedModel,
  decoder: DecoderFacts,
  tokenizer: ImportedTokenizer,
): ImportedPrompter {
  const family = familyOf(model.facts.family);
  const source = family.prompt ? undefined : chatTemplate(model);
  const template = source === undefined ? undefined : readTemplate(source, tokenizer.special, name);
  const mark = decoder.imageToken?.text ?? PLACE;
  const write = (turns: readonly Turn[]) => {
    if (template) return template.write(named(turns, family), mark);
    const pictures = turns.flatMap(({ said }) => said.flatMap((each) => ('text' in each ? [] : mark)));
    return family.prompt ? family.prompt(textsOf(turns), pictures) : plainly(turns, mark);
  };
  const converse = (turns: readonly Turn[], visual: readonly EmbeddingsValue[]) => {
    // A template writes what stands around a text itself, but for models of pictures, whose processors add it.
    const whole = !family.bare && (!template || decoder.imageToken !== undefined);
    const text = grown(write(turns), mark, decoder, family, visual);
    return laid(decoder, encoded(tokenizer, text, whole), visual);
  };
  // What takes pictures as such also sets them apart from the text.
  const between = template?.parts || family.prompt ? '' : '\n';
  return {
    converse,
    prepare: (question, visual) => converse(turnsOf(question, visual, between), visual),
    ...(!template && !family.prompt && { caveat: 'without a chat template' }),
  };
}

/** `between`: pictures that the text has no mark for, and the text. */
function turnsOf(question: TextValue, visual: readonly EmbeddingsValue[], between: string): Turn[] {
  const said = placed(question.text, visual, between).flatMap((part): Said[] => {
    if ('text' in part) return part.text === '' ? [] : [{ text: part.text }];
    return [{ picture: true }];
  });
  const system: Turn[] = question.system ? [{ role: 'system', said: [{ text: question.system }] }] : [];
  return [...system, { role: 'user', said }];
}

/** Turns with the family's own names for who speaks. */
function named(turns: readonly Turn[], { roles }: Family): Turn[] {
  return turns.map((turn) => ({ ...turn, role: roles?.[turn.role] ?? turn.role }));
}

function textsOf(turns: readonly Turn[]): string {
  const texts = turns.map(({ said }) => said.flatMap((each) => ('text' in each ? each.text : [])).join(''));
  return texts.filter((each) => each !== '').join(' ');
}

function plainly(turns: readonly Turn[], mark: string): string {
  return turns.map(({ said }) => said.map((each) => ('text' in each ? each.text : mark)).join('')).join('\n\n');
}

/** Each mark becomes the text that stands for its picture, which has a mark for each visual token. */
function grown(
  text: string,
  mark: string,
  decoder: DecoderFacts,
  family: Family,
  visual: readonly EmbeddingsValue[],
): string {
  const pieces = text.split(mark);
  if (pieces.length - 1 !== visual.length)
    throw new NodeError(
      `The chat template makes ${pieces.length - 1} places for ${visual.length} visual inputs.`,
      'Write <image> where each stands, or wire fewer.',
    );
  const places = visual.map(({ tensor: { dims }, tiling }) => {
    const [count = 0, tokens = 0] = dims;
    const own = decoder.imageToken && family.place;
    if (!own) return mark.repeat(count * tokens);
    return own({ tokens, tiles: tiling ? [tiling.rows, tiling.cols] : [0, 0] }, mark);
  });
  return pieces.map((piece, i) => (i === 0 ? piece : (places[i - 1] ?? '') + piece)).join('');
}

/** Ids, with `undefined` where a picture stands that no token stands for. */
function encoded(tokenizer: ImportedTokenizer, text: string, whole: boolean): (number | undefined)[] {
  const { bos_token: first } = tokenizer.special;
  const encode = (piece: string, at: number) =>
    whole && at === 0 && !(first && piece.startsWith(first)) ? tokenizer.encodeWhole(piece) : tokenizer.encode(piece);
  return text.split(PLACE).flatMap((piece, at) => [...(at > 0 ? [undefined] : []), ...encode(piece, at)]);
}

/** Tokens in a row with their places, and the rows of visual ones. */
function laid(
  { imageToken, axes, firstPosition, vocabulary, width, context }: DecoderFacts,
  ids: readonly (number | undefined)[],
  visual: readonly EmbeddingsValue[],
): PreparedPrompt {
  if (ids.length === 0) throw new NodeError('The prompt is empty.', 'Write a question, or wire a picture.');
  const slots = ids.flatMap((id, at) => (id === undefined || id === imageToken?.id ? at : []));
  const rows = visual.reduce((sum, { tensor: { dims } }) => sum + (dims[0] ?? 0) * (dims[1] ?? 0), 0);
  if (slots.length !== rows)
    throw new NodeError(
      `The prompt has places for ${slots.length} visual tokens, but ${rows} came in.`,
      'Wire the encoder of the same model, or take the marks out of the prompt.',
    );
  const limit = context ?? Number.POSITIVE_INFINITY;
  if (ids.length > limit)
    throw new NodeError(
      `The prompt has ${ids.length} tokens, but the model has positions for ${limit}.`,
      'Shorten it.',
    );
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const { tensor } of visual) {
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  const { positions, next } = places(Math.max(1, axes), firstPosition, ids.length, slots, visual);
  return {
    tokens: {
      // No visual token of a model that has none for them: any id will do, its row is written over.
      ids: ids.map((id) => (id === undefined ? 0 : Math.min(id, vocabulary - 1))),
      slots,
      positions,
      next,
      visual: { dtype: 'float32', dims: [rows, width], data },
    },
    counts: { prompt: ids.length - slots.length, visual: slots.length },
    room: limit - ids.length + 1,
  };
}

/**
 * One number for each token, or time, row and column (M-RoPE; Qwen2-VL, section 2.1): what follows a picture stands behind
 * its longer side.
 */
function places(
  axes: number,
  first: number,
  count: number,
  slots: readonly number[],
  visual: readonly EmbeddingsValue[],
): { positions: number[][]; next: number } {
  const positions: number[][] = Array.from({ length: axes }, () => []);
  const put = (...place: readonly number[]) =>
    positions.forEach((axis, i) => {
      axis.push(place[i] ?? place[0] ?? 0);
    });
  const starts = new Map<number, EmbeddingsValue>();
  let slot = 0;
  for (const each of visual) {
    starts.set(slots[slot] ?? -1, each);
    slot += (each.tensor.dims[0] ?? 0) * (each.tensor.dims[1] ?? 0);
  }
  let next = first;
  for (let at = 0; at < count; ) {
    const picture = starts.get(at);
    const grid = axes === 3 ? picture?.grid : undefined;
    if (!grid) {
      put(next++);
      at++;
      continue;
    }
    const [rows, cols] = grid;
    for (let i = 0; i < rows * cols; i++) put(next, next + Math.floor(i / cols), next + (i % cols));
    next += Math.max(rows, cols);
    at += rows * cols;
  }
  return { positions, next };
}
