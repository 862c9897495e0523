import type { NodeProto } from 'onnx-buf';

/** Where in its model an operator stands, as exporters write it into files: no two of them do it alike. */

/** Key of PyTorch's newer exporter: a list of module paths from the outermost in, the operator's own name last. */
const SCOPES = 'pkg.torch.onnx.name_scopes';

/** Names of the modules around an operator, outermost first; undefined where it does not say. */
export type ScopeOf = (node: NodeProto, place: number) => readonly string[] | undefined;

/** Reads where operators stand the way that a file has it; `weights`: names of those that an operator reads. */
export function scopesIn(nodes: readonly NodeProto[], weights: (node: NodeProto) => readonly string[]): ScopeOf {
  const byWeight: ScopeOf = (node) => {
    const dotted = weights(node).find((each) => /[./]/.test(each));
    return dotted === undefined ? undefined : parts(dotted.replaceAll('/', '.')).slice(0, -1);
  };
  const ways: readonly ScopeOf[] = [byName, byWeight];
  // Where nothing tells, each operator is a module.
  return ways.find((way) => nodes.some((node, place) => way(node, place))) ?? byPlace;
}

const byPlace: ScopeOf = ({ name, opType }, place) => [name || `${opType}_${place}`];

const byName: ScopeOf = ({ name, metadataProps }) => {
  const listed = metadataProps.find(({ key }) => key === SCOPES)?.value;
  if (listed) return parts([...listed.matchAll(/'([^']*)'/g)].at(-2)?.[1] ?? '');
  // `/model/layers.0/attn/MatMul` (PyTorch), `model/block/conv2d` (TensorFlow), `layers.0.attention.MatMul#12` (our own).
  if (name.includes('/')) return name.split('/').slice(0, -1).flatMap(parts);
  return name.includes('.') ? parts(name).slice(0, -1) : undefined;
};

/** A name of a weight within its module. */
export const ownName = (weight: string) => weight.split(/[./]/).at(-1) || weight;

const parts = (path: string) => path.split('.').filter((part) => part !== '');
