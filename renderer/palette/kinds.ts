import type { NodeDefinition } from '../../nodes/definition.ts';
import { definitions } from '../../nodes/registry.ts';
import { subgraphInput, subgraphOutput } from '../../nodes/subgraph/definition.ts';
import { flatId, useDocument } from '../store/document.ts';

const WITHIN: readonly NodeDefinition[] = [...definitions, subgraphInput, subgraphOutput];

/** The kinds that can be added here: in a subgraph also its inputs and outputs. */
export function useKinds(): readonly NodeDefinition[] {
  return useDocument(() => (flatId('') === '' ? definitions : WITHIN));
}
