import type { WeightSource } from '../onnx/weights.ts';

/** Names of weights start with their side. */
export function bothWeights(target: WeightSource, draft: WeightSource): WeightSource {
  const sides = { 'target.': target, 'draft.': draft };
  return {
    digest: `${target.digest}+${draft.digest}`,
    fill(spec, into) {
      for (const [prefix, weights] of Object.entries(sides))
        if (spec.name.startsWith(prefix)) return weights.fill({ ...spec, name: spec.name.slice(prefix.length) }, into);
      throw new Error(`the weight "${spec.name}" belongs to neither model`);
    },
  };
}
