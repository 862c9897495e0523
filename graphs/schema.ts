import { z } from 'zod';
import { comparisonSchema } from './comparison.ts';
import { graphSchema } from './document.ts';
import { reasoningSchema } from './reasoning.ts';

/** The JSON Schema of a graph document, as it stands in graphs/graph.schema.json for editors and other tools. */
export function schemaText(): string {
  return textOf('Patchbay graph', graphSchema);
}

/** The JSON Schema of a comparison's result, as it stands in graphs/comparison.schema.json. */
export function comparisonSchemaText(): string {
  return textOf('Patchbay comparison', comparisonSchema);
}

/** The JSON Schema of what a measurement of reasoning found, as it stands in graphs/reasoning.schema.json. */
export function reasoningSchemaText(): string {
  return textOf('Patchbay reasoning', reasoningSchema);
}

function textOf(title: string, schema: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`;
}
