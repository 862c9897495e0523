import { NodeError } from '../../../nodes/run.ts';
import { type Setting, settingText } from '../documents/settings.ts';

/** Values that a parameter takes in turn. */
export interface Sweep {
  /** `<node>.<param>` */
  readonly place: string;
  readonly values: readonly string[];
}

/**
 * The settings of each graph that sweeps make: every value with every other, the last parameter's changing first, or, as a
 * list, the first values together, then the second. Without sweeps one graph, with no settings. Throws a `NodeError` where
 * a parameter is named twice, or a list is not as long as the others.
 */
export function combinations(sweeps: readonly Sweep[], combine: 'grid' | 'list'): (readonly Setting[])[] {
  const twice = sweeps.find(({ place }, i) => sweeps.findIndex((other) => other.place === place) < i);
  if (twice) throw new NodeError(`${twice.place} is swept twice.`, 'Give all its values at once.');
  const settings = sweeps.map(({ place, values }) => values.map((text) => ({ place, text })));
  const found = combine === 'grid' || sweeps.length === 0 ? grid(settings) : list(settings);
  const names = found.map((chosen) => chosen.map(settingText).join(' '));
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) throw new NodeError(`${again} is there twice.`, 'Leave one out.');
  return found;
}

function grid(settings: readonly (readonly Setting[])[]): (readonly Setting[])[] {
  return settings.reduce<(readonly Setting[])[]>(
    (before, values) => before.flatMap((chosen) => values.map((value) => [...chosen, value])),
    [[]],
  );
}

function list(settings: readonly (readonly Setting[])[]): (readonly Setting[])[] {
  const [first = [], ...others] = settings;
  const uneven = others.find(({ length }) => length !== first.length);
  if (uneven)
    throw new NodeError(
      `${first[0]?.place} has ${first.length} values and ${uneven[0]?.place} has ${uneven.length}.`,
      'In a list each parameter has as many values.',
    );
  return first.map((_, i) => settings.flatMap((values) => values[i] ?? []));
}
