import { writeFileSync } from 'node:fs';
import { tokenizerText } from '../training/data/vocabulary.ts';

// Run after a change of the worlds' language: `npx tsx nodes/models/write-tokenizer.ts`. Models trained before do not
// fit the new file.
writeFileSync(new URL('tokenizer.json', import.meta.url), tokenizerText('worlds'));
writeFileSync(new URL('arithmetic-tokenizer.json', import.meta.url), tokenizerText('arithmetic'));
