import { type BoundDecoder, decodeChunk, type PromptTokens, startState } from './decode.ts';

/**
 * The natural-log probability of each token of given continuations of a prompt, one list a continuation, under the model's
 * own distribution (temperature 1, nothing filtered). Each is read with the prompt in one call.
 */
export async function logLikelihoods(
  { session, sizes, constants }: BoundDecoder,
  prompt: PromptTokens,
  continuations: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<number[][]> {
  const found: number[][] = [];
  for (const ids of continuations) {
    signal.throwIfAborted();
    if (ids.some((id) => id >= sizes.vocabulary))
      throw new Error('the models do not share a tokenizer: one has tokens that the other does not know');
    const { logits } = await decodeChunk(session, sizes, startState(sizes, continued(prompt, ids)), {
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
      ends: [],
      steps: 1,
      uniforms: [() => 0],
      constants,
      scores: ids.length + 1,
    });
    if (!logits) throw new Error('the session gave no scores');
    const { data } = logits;
    const row = (at: number) => data.subarray(at * sizes.vocabulary, (at + 1) * sizes.vocabulary);
    found.push(ids.map((id, at) => logSoftmaxAt(row(at), id)));
  }
  return found;
}

function continued(prompt: PromptTokens, ids: readonly number[]): PromptTokens {
  return {
    ...prompt,
    ids: [...prompt.ids, ...ids],
    positions: prompt.positions.map((axis) => [...axis, ...ids.map((_, at) => prompt.next + at)]),
    next: prompt.next + ids.length,
  };
}

function logSoftmaxAt(scores: Float32Array, id: number): number {
  const top = scores.reduce((highest, score) => Math.max(highest, score), Number.NEGATIVE_INFINITY);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
  return (scores[id] ?? Number.NEGATIVE_INFINITY) - top - Math.log(total);
}
