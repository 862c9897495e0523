import type { z } from 'zod';
import type { NodeRun } from '../run.ts';
import { compose, type definition } from './definition.ts';

export const run: NodeRun<z.output<typeof definition.params>>['run'] = async (_context, params, inputs) => {
  const wired = (inputs.text ?? []).flatMap((value) =>
    value.type === 'text' || value.type === 'answer' ? [value.text] : [],
  );
  return { text: { type: 'text', ...compose(params, wired) } };
};
