import { writeFileSync } from 'node:fs';
import { schemaText } from './schema.ts';

// Run after a change of document.ts: `npx tsx graphs/write-schema.ts`.
writeFileSync(new URL('graph.schema.json', import.meta.url), schemaText());
