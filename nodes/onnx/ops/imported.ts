import { defineOp } from '../ops.ts';

/** A place in a graph that a part of somebody else's model takes (imported/splice.ts). The part's outputs are told. */
defineOp('Imported', {
  domain: 'patchbay',
  infer(_, { outputs }) {
    if (typeof outputs === 'object' && 'outputs' in outputs) return outputs.outputs;
    throw new Error('the outputs of a part must be told');
  },
});
