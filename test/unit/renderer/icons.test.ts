import { expect, test } from 'vitest';
import { definitions } from '../../../nodes/registry.ts';
import { structure } from '../../../nodes/subgraph/definition.ts';
import { kindIcon } from '../../../renderer/ui/icons.tsx';

test('every node kind has an icon of its own, and one that is not known here an alert', () => {
  const kinds = [...definitions, ...structure].map(({ kind }) => kind);
  expect(kinds.map(kindIcon)).toEqual(kinds);
  for (const unknown of ['of-tomorrow', 'constructor', 'play']) expect(kindIcon(unknown)).toBe('alert');
});
