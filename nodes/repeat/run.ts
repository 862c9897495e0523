import { KEPT, MADE, NEXT, OUTER, PASSED } from '../../graphs/repeats.ts';
import { holds } from '../condition.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { NothingValue, Value } from '../values.ts';
import type { RepeatParams } from './definition.ts';

export const takesNothing = true;

/**
 * Stands after one round: gives what the last round that ran made, and lets the next one begin, or sends it nothing.
 * See graphs/repeats.ts for its ports.
 */
export const run: NodeRun<RepeatParams>['run'] = async (_context, params, inputs) => {
  const [made, kept, outer] = [MADE, KEPT, OUTER].map((prefix) => under(prefix, inputs));
  if (!made || !kept || !outer) throw new Error('a repeat takes what its round made');
  const ran = Object.values(made).some(({ type }) => type !== 'nothing');
  const result = ran ? made : kept;
  const done = !ran || isDone(params, result);
  const nothing: NothingValue = { type: 'nothing', why: 'the repeat was done before' };
  const named = (prefix: string, values: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, done ? nothing : value]));
  return { ...result, ...named(NEXT, result), ...named(PASSED, outer) };
};

function isDone(params: RepeatParams, made: Readonly<Record<string, Value>>): boolean {
  if (params.output === '') return false;
  const value = made[params.output];
  if (!value)
    throw new NodeError(
      `the subgraph has no output "${params.output}" to ask`,
      `Choose one of ${Object.keys(made).join(', ')} in "Until"`,
    );
  return value.type !== 'nothing' && holds(params, value);
}

/** Inputs whose port begins so, by the rest of its name. */
function under(prefix: string, inputs: Readonly<Record<string, readonly Value[]>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([port, [value]]) =>
      port.startsWith(prefix) && value ? [[port.slice(prefix.length), value]] : [],
    ),
  );
}
