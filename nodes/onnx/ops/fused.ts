import { addDims, type Dim, mulDims, product } from '../dims.ts';
import { defineOp } from '../ops.ts';
import { dimAt, type Inputs, intAttribute, needed } from './shapes.ts';

/** ONNX Runtime's fused attention operators (`com.microsoft`). */

/** Scores and weighted values: two products of `[tokens, headDim] × [headDim, total]` a head, four operations each. */
function attentionFlops(inputs: Inputs, total: Dim): Dim {
  return mulDims(4, mulDims(product(needed(inputs, 0).shape), total));
}

/** Query `[batch, tokens, heads·headDim]`, key and value `[batch, total, heads·headDim]`. */
defineOp('MultiHeadAttention', {
  domain: 'com.microsoft',
  infer(inputs) {
    const { dtype, shape } = needed(inputs, 0);
    return [{ dtype, shape: shape.with(-1, dimAt(needed(inputs, 2).shape, -1)) }];
  },
  flops: (inputs) => attentionFlops(inputs, dimAt(needed(inputs, 1).shape, 1)),
});

/** Causal attention over a cache `[batch, kvHeads, past, headDim]`, which comes out `tokens` longer. */
defineOp('GroupQueryAttention', {
  domain: 'com.microsoft',
  infer(inputs, attributes) {
    const [query, key, past] = [needed(inputs, 0), needed(inputs, 1), needed(inputs, 3)];
    const kvHeads = intAttribute(attributes, 'kv_num_heads');
    if (dimAt(past.shape, 1) !== kvHeads) throw new Error('the cache must have as many heads as the keys');
    const present = past.shape.with(2, addDims(dimAt(past.shape, 2), dimAt(key.shape, 1)));
    const { dtype } = query;
    return [
      { dtype, shape: query.shape },
      { dtype, shape: present },
      { dtype, shape: present },
    ];
  },
  flops: (inputs) =>
    attentionFlops(inputs, addDims(dimAt(needed(inputs, 3).shape, 2), dimAt(needed(inputs, 1).shape, 1))),
});

defineOp('RotaryEmbedding', {
  domain: 'com.microsoft',
  infer(inputs) {
    const { dtype, shape } = needed(inputs, 0);
    return [{ dtype, shape }];
  },
});
