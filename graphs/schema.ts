import { z } from 'zod';
import { graphSchema } from './document.ts';

/** The JSON Schema of a graph document, as it stands in graphs/graph.schema.json for editors and other tools. */
export function schemaText(): string {
  const schema = z.toJSONSchema(graphSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'Patchbay graph', ...schema }, null, 2)}\n`;
}
