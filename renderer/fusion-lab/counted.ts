import type { GraphCheck } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { definitionOf } from '../../nodes/registry.ts';

/** What a way of fusion costs, counted from the graph that would be built. */
export interface Counted {
  /** Parameters of the nodes between encoder and LLM. */
  readonly extraParameters: number;
  readonly visualTokens: number;
  /** Of the nodes between encoder and LLM, for one picture. */
  readonly connectorFlops: number;
  /** Of the LLM reading its prompt with the picture. */
  readonly prefillFlops: number;
}

export function countedIn({ nodes }: GraphDocument, check: GraphCheck): Counted {
  const costs = (isMeant: (kind: string) => boolean) =>
    Object.entries(check.nodes).flatMap(([id, { cost }]) => (cost && isMeant(nodes[id]?.kind ?? '') ? cost : []));
  const between = costs((kind) => definitionOf(kind)?.category === 'Fusion');
  return {
    extraParameters: between.reduce((sum, { parameters = 0 }) => sum + parameters, 0),
    visualTokens: check.total.tokens?.visual ?? 0,
    connectorFlops: between.reduce((sum, { flops = 0 }) => sum + flops, 0),
    prefillFlops: costs((kind) => kind === 'llm').reduce((sum, { flops = 0 }) => sum + flops, 0),
  };
}
