import { z } from 'zod';
import { conditionParams } from '../condition.ts';
import { defineNode } from '../definition.ts';
import { PORT_TYPES } from '../ports.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  type: z.enum(PORT_TYPES).default('answer').meta({ title: 'Carries', description: 'The type of what it passes on' }),
  ...conditionParams,
});

export type SwitchParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'switch',
  version: 1,
  title: 'Switch',
  category: 'Reasoning',
  doc: 'Passes on one of two values. Where only one of them came, since a router sent the question the other way, that one; where both came, the first if the condition holds for what is wired to "by", else the second.',
  sources: [{ title: 'Dataflow switch and merge (Dennis 1974)', url: 'https://doi.org/10.1007/3-540-06859-7_145' }],
  params,
  ports: ({ type }) => ({
    inputs: {
      first: { type, doc: 'Passed on if the condition holds, or if it is the only one' },
      second: { type, doc: 'Passed on if the condition does not hold, or if it is the only one' },
      by: { type: ['score', 'text'], optional: true, doc: 'What the condition is asked of, where both may come' },
    },
    outputs: { value: { type, doc: 'One of the two' } },
  }),
  shapes({ inputs }): Readonly<Record<string, ValueSpec>> {
    const [spec] = inputs.first ?? inputs.second ?? [];
    return spec ? { value: spec } : {};
  },
});
