import { writeFileSync } from 'node:fs';
import { comparisonSchemaText, schemaText } from './schema.ts';

// Run after a change of document.ts or comparison.ts: `npx tsx graphs/write-schema.ts`.
writeFileSync(new URL('graph.schema.json', import.meta.url), schemaText());
writeFileSync(new URL('comparison.schema.json', import.meta.url), comparisonSchemaText());
