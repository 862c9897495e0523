import { z } from 'zod';
import { comparisonSchema } from './comparison.ts';
import { graphSchema } from './document.ts';

/** The JSON Schema of a graph document, as it stands in graphs/graph.schema.json for editors and other tools. */
export function schemaText(): string {
  return textOf('Patchbay graph', graphSchema);
}

/** The JSON Schema of a comparison's result, as it stands in graphs/comparison.schema.json. */
export function comparisonSchemaText(): string {
  return textOf('Patchbay comparison', comparisonSchema);
}

function textOf(title: string, schema: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
