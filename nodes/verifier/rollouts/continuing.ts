import { type DecoderSizes, type DecodeState, decodeChunk } from '../../generation/decode.ts';
import { gather } from '../../generation/rows.ts';
import { uniformGenerator } from '../../generation/uniforms.ts';
import { type DecoderConfig, decoderSizes } from '../../llm/config.ts';
import type { Session } from '../../run.ts';
import type { Tensor } from '../../values.ts';

/** A text, as tokens, that is to be continued. */
export interface Beginning {
  /** The prompt's tokens and those generated after it; two at least. */
  readonly ids: readonly number[];
  /** Continuations wanted, each drawn from a seed of its own. */
  readonly seeds: readonly number[];
  /** Most tokens of a continuation. */
  readonly room: number;
}

export interface ContinuingOptions {
  readonly session: Session;
  readonly config: DecoderConfig;
  /** The token that ends a text. */
  readonly end: number;
  readonly temperature: number;
  readonly signal: AbortSignal;
}

/** Sequences in one batch: more fill no core better, and their caches leave its own. */
const MOST_ROWS = 192;
/** Steps after which those that ended leave the batch. */
const STEPS = 8;

/**
 * Continues many texts to their ends, in batches of texts of equal length: so no token is padding. Tokens of each
 * continuation, the ending one included where it came. What comes of a text depends on its seeds, not on what else is
 * asked for, up to rounding.
 */
export async function continued(
  beginnings: readonly Beginning[],
  options: ContinuingOptions,
): Promise<readonly (readonly (readonly number[])[])[]> {
  const made = beginnings.map((): (readonly number[])[] => []);
  for (const batch of batches(beginnings)) {
    options.signal.throwIfAborted();
    const texts = await continuedBatch(
      batch.map((at) => beginnings[at] as Beginning),
      options,
    );
    let next = 0;
    for (const at of batch) {
      const { seeds } = beginnings[at] as Beginning;
      made[at] = texts.slice(next, next + seeds.length);
      next += seeds.length;
    }
  }
  return made;
}

/** Places of texts of equal length, as many as are worth one batch. */
function batches(beginnings: readonly Beginning[]): number[][] {
  const all: number[][] = [];
  const open = new Map<number, { readonly places: number[]; rows: number }>();
  beginnings.forEach(({ ids, seeds }, at) => {
    let batch = open.get(ids.length);
    if (!batch || batch.rows + seeds.length > MOST_ROWS) {
      batch = { places: [], rows: 0 };
      open.set(ids.length, batch);
      all.push(batch.places);
    }
    batch.places.push(at);
    batch.rows += seeds.length;
  });
  return all;
}

async function continuedBatch(
  beginnings: readonly Beginning[],
  { session, config, end, temperature, signal }: ContinuingOptions,
): Promise<number[][]> {
  const sizes = decoderSizes(config, 'fp32');
  const sampling = { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const rows = beginnings.flatMap(({ seeds, room }, of) => seeds.map((seed) => ({ of, seed, room })));
  const texts = rows.map((): number[] => []);
  const draws = rows.map(({ seed }) => uniformGenerator(seed));
  const length = beginnings[0]?.ids.length ?? 0;
  // Tokens that were seen are penalised by no sampling of rollouts.
  const seen = new Uint8Array(sizes.vocabulary);
  // Read once each: what this one step samples is thrown away, since the last token is read again by every continuation.
  const read = await decodeChunk(
    session,
    sizes,
    startOf(
      sizes,
      beginnings.map(({ ids }) => ids.slice(0, -1)),
    ),
    { sampling, ends: [], steps: 1, uniforms: beginnings.map(() => () => 0) },
  );
  let state = gather(
    sizes,
    rows.map(({ of }) => {
      const { ids } = beginnings[of] as Beginning;
      return { past: read.state.past, row: of, ...standing(ids.length, ids.at(-1)), seen };
    }),
  );
  let alive = [...rows.keys()];
  while (alive.length > 0) {
    signal.throwIfAborted();
    const uniforms = alive.map((at) => draws[at] as () => number);
    const chunk = await decodeChunk(session, sizes, state, { sampling, ends: [end], steps: STEPS, uniforms });
    chunk.tokens.forEach((ids, row) => {
      const at = alive[row] as number;
      const text = texts[at] as number[];
      text.push(...ids.slice(0, (rows[at]?.room ?? 0) - text.length));
    });
    const going = [...alive.keys()].filter((row) => {
      const at = alive[row] as number;
      const text = texts[at] as number[];
      return text.at(-1) !== end && text.length < (rows[at]?.room ?? 0);
    });
    if (going.length === alive.length) state = chunk.state;
    else if (going.length > 0)
      state = gather(
        sizes,
        going.map((row) => {
          const text = texts[alive[row] as number] as number[];
          return { past: chunk.state.past, row, ...standing(length + text.length, text.at(-1)), seen };
        }),
      );
    alive = going.map((row) => alive[row] as number);
  }
  return texts;
}

/** Of `length` tokens all but the last are in the cache. */
function standing(length: number, last = 0) {
  return { kept: length - 1, last, next: length };
}

/** Before anything was read: texts of equal length. */
function startOf(sizes: DecoderSizes, texts: readonly (readonly number[])[]): DecodeState {
  const { axes, kvHeads, headDim, layers, width, vocabulary } = sizes;
  const [batch, count] = [texts.length, texts[0]?.length ?? 0];
  const empty: Tensor = { dtype: 'float32', dims: [batch, kvHeads, 0, headDim], data: new Float32Array(0) };
  const names = Array.from({ length: layers }, (_, layer) => [`past.${layer}.key`, `past.${layer}.value`]);
  const places = Array.from({ length: axes * batch * count }, (_, i) => BigInt(i % count));
  return {
    pending: {
      ids: { dtype: 'int64', dims: [batch, count], data: BigInt64Array.from(texts.flat(), BigInt) },
      visual: { dtype: 'float32', dims: [0, width], data: new Float32Array(0) },
      slots: { dtype: 'int64', dims: [0, 2], data: new BigInt64Array(0) },
      positions: { dtype: 'int64', dims: [axes, batch, count], data: BigInt64Array.from(places) },
    },
    next: new BigInt64Array(batch).fill(BigInt(count)),
    kept: new BigInt64Array(batch),
    seen: new Uint8Array(batch * vocabulary),
    ended: new Uint8Array(batch),
    past: Object.fromEntries(names.flat().map((name) => [name, empty])),
  };
}
