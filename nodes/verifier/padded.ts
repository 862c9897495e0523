import type { Session } from '../run.ts';
import type { Tensor } from '../values.ts';

/** Tokens that one call takes at most, padding included. */
const CALL_TOKENS = 6144;

/**
 * Runs whole texts through a model that reads them once: `ids` and `positions [batch, tokens]`, padded behind, and what else
 * `more` feeds for the texts at these places. Returns the rows of `output` for each text, as many as it has tokens, `width` numbers each.
 */
export async function readTexts(
  session: Session,
  texts: readonly (readonly number[])[],
  output: string,
  signal: AbortSignal,
  more: (places: readonly number[], tokens: number) => Readonly<Record<string, Tensor>> = () => ({}),
): Promise<readonly Float32Array[]> {
  const rows = texts.map(() => new Float32Array(0));
  for (const places of calls(texts)) {
    signal.throwIfAborted();
    const batch = places.map((at) => texts[at] as readonly number[]);
    const tokens = Math.max(...batch.map(({ length }) => length));
    const outputs = await session.run(
      { ids: padded(batch, tokens), positions: placesOf(batch.length, tokens), ...more(places, tokens) },
      [output],
    );
    const found = outputs[output]?.data;
    if (!(found instanceof Float32Array)) throw new Error(`the session gave no float32 "${output}"`);
    const width = found.length / (batch.length * tokens);
    places.forEach((at, row) => {
      const from = row * tokens * width;
      rows[at] = found.slice(from, from + (texts[at]?.length ?? 0) * width);
    });
  }
  return rows;
}

/** Rows of whole numbers, each followed by 0 up to `tokens`: int64 `[batch, tokens]`. */
export function padded(texts: readonly (readonly number[])[], tokens: number): Tensor {
  const data = new BigInt64Array(texts.length * tokens);
  texts.forEach((ids, row) => {
    data.set(BigInt64Array.from(ids, BigInt), row * tokens);
  });
  return { dtype: 'int64', dims: [texts.length, tokens], data };
}

function placesOf(batch: number, tokens: number): Tensor {
  const data = BigInt64Array.from({ length: batch * tokens }, (_, i) => BigInt(i % tokens));
  return { dtype: 'int64', dims: [batch, tokens], data };
}

/** Places of texts that are read in one call: of like length, so that little is padding. */
function calls(texts: readonly (readonly number[])[]): number[][] {
  const order = [...texts.keys()].sort((a, b) => (texts[b]?.length ?? 0) - (texts[a]?.length ?? 0));
  const all: number[][] = [];
  let longest = 0;
  for (const at of order) {
    const call = all.at(-1);
    if (call && (call.length + 1) * longest <= CALL_TOKENS) call.push(at);
    else {
      longest = texts[at]?.length ?? 0;
      all.push([at]);
    }
  }
  return all;
}

/** Of each text's tokens but the first, by a session of `likelihoodGraph`; 0 for the first, which nothing comes before. */
export async function likelihoods(
  session: Session,
  texts: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const next = texts.map((ids) => ids.slice(1));
  const rows = await readTexts(session, texts, 'log_probs', signal, (places, tokens) => ({
    targets: padded(
      places.map((at) => next[at] ?? []),
      tokens,
    ),
  }));
  return rows.map((row) => Float32Array.of(0, ...row.subarray(0, -1)));
}
