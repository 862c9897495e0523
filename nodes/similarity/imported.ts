import type { TextFacts } from '../imports/facts.ts';
import { familyOf } from '../imports/families/index.ts';
import { floatsOf } from '../imports/halves.ts';
import { type ImportedTokenizer, importedTokenizer } from '../imports/tokens.ts';
import type { Variant } from '../imports/variants.ts';
import { NodeError, type RunContext, type SessionPort } from '../run.ts';
import type { FloatTensor, Tensor } from '../values.ts';
import type { TextTower } from './presets.ts';

export interface Texts {
  /** `[n, width]` */
  readonly texts: FloatTensor;
  /** How a trained tower's cosines are read; exports do not tell. */
  readonly logits?: NonNullable<TextTower['logits']>;
}

/** The texts' embeddings by a text tower that others exported. Rejects with a sentence where there is none. */
export async function importedTexts(
  context: RunContext,
  { model: name, variant }: { readonly model: string; readonly variant: Variant | 'auto' },
  asked: readonly string[],
): Promise<Texts> {
  const model = await context.importedModel(name, variant);
  const tower = requireTextTower(name, model.facts.text);
  const tokenizer = importedTokenizer(model, name);
  const { padsToWhole = false } = familyOf(model.facts.family);
  const rows = padded(
    asked.map((text) => tokenizer.encodeWhole(text)),
    tokenizer,
    padsToWhole,
  );
  const session = await context.openFile(model.path(tower.file.path));
  const outputs = await session.run(
    Object.fromEntries(session.inputs.map((port) => [port.name, feedOf(name, port, rows)])),
    [tower.output],
  );
  context.report({ parameters: tower.file.parameters, bytes: { peak: tower.file.bytes } });
  const found = outputs[tower.output];
  if (!found) throw new NodeError(`The text tower of ${name} gave nothing.`, 'Download the model again.');
  return { texts: floatsOf(found) };
}

/** Throws a `NodeError` where the folder holds none. */
function requireTextTower(name: string, tower: TextFacts | undefined): TextFacts {
  if (tower) return tower;
  throw new NodeError(
    `${name} has no text tower that puts a text beside pictures.`,
    'Choose a model such as CLIP or SigLIP, with its text_model.onnx.',
  );
}

interface Rows {
  /** `[n][length]` */
  readonly ids: readonly (readonly number[])[];
  /** Tokens of each that are no padding. */
  readonly lengths: readonly number[];
}

/** All of one length: the longest's, or the most that the model reads. A text that is too long loses its end, not its last token. */
function padded(
  texts: readonly (readonly number[])[],
  { special, idOf, context }: ImportedTokenizer,
  whole: boolean,
): Rows {
  const most = context ?? Number.POSITIVE_INFINITY;
  const cut = texts.map((ids) => (ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1) ?? 0] : ids));
  const length = whole && context !== undefined ? context : Math.max(1, ...cut.map((ids) => ids.length));
  const padding = idOf(special.pad_token ?? special.eos_token ?? '') ?? 0;
  return {
    ids: cut.map((ids) => [...ids, ...Array<number>(length - ids.length).fill(padding)]),
    lengths: cut.map((ids) => ids.length),
  };
}

function feedOf(name: string, port: SessionPort, { ids, lengths }: Rows): Tensor {
  const length = ids[0]?.length ?? 0;
  const row = ids.map((each, n) => {
    if (port.name === 'input_ids') return each;
    if (port.name === 'attention_mask') return each.map((_, i) => (i < (lengths[n] ?? 0) ? 1 : 0));
    return each.map((_, i) => i);
  });
  const dims = [ids.length, length];
  if (port.dtype === 'int64') return { dtype: 'int64', dims, data: BigInt64Array.from(row.flat(), BigInt) };
  if (port.dtype === 'int32') return { dtype: 'int32', dims, data: Int32Array.from(row.flat()) };
  throw new NodeError(
    `The text tower of ${name} takes ${port.name} as ${port.dtype}.`,
    'Take another export of the model.',
  );
}
