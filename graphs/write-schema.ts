import { writeFileSync } from 'node:fs';
import { comparisonSchemaText, reasoningSchemaText, schemaText } from './schema.ts';

// Run after a change of document.ts, comparison.ts or reasoning.ts: `npx tsx graphs/write-schema.ts`.
writeFileSync(new URL('graph.schema.json', import.meta.url), schemaText());
writeFileSync(new URL('comparison.schema.json', import.meta.url), comparisonSchemaText());
writeFileSync(new URL('reasoning.schema.json', import.meta.url), reasoningSchemaText());
