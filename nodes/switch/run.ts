import { holds } from '../condition.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { SwitchParams } from './definition.ts';

export const takesNothing = true;

export const run: NodeRun<SwitchParams>['run'] = async (_context, params, inputs) => {
  const [first, second, by] = ['first', 'second', 'by'].map((port) => inputs[port]?.[0]);
  if (!first || !second) throw new NodeError('a switch needs two values to choose from', 'Wire both inputs');
  if (first.type === 'nothing') return { value: second };
  if (second.type === 'nothing') return { value: first };
  if (!by || by.type === 'nothing')
    throw new NodeError('both values came, and nothing says which to take', 'Wire a score or a text to "by"');
  return { value: holds(params, by) ? first : second };
};
