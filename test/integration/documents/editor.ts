import { writeSync } from 'node:fs';
import { Drafts } from '../../../electron/backend/documents/drafts.ts';
import { markOfFile } from '../../../electron/backend/documents/save.ts';
import { saveOver } from '../../../electron/backend/documents/save-over.ts';
import { numbered } from './numbered.ts';

/**
 * A process that edits one document without end, each edit a number, and saves it now and then, until it is killed. It
 * says `kept <n>` or `saved <n>` once that was acknowledged, in writes that no kill takes back.
 */
const [path = '', id = '', from = '0'] = process.argv.slice(2);
const EDITS_A_SAVE = 3;

const drafts = new Drafts();
await drafts.tidy();
const holding = drafts.hold({ id, path }, undefined);
await holding.next();
let mark = await markOfFile(path);
for (let n = Number(from) + 1; ; n++) {
  await drafts.keep({ id, title: `${n}`, path, base: numbered(n - 1), text: numbered(n) });
  writeSync(1, `kept ${n}\n`);
  if (n % EDITS_A_SAVE !== 0) continue;
  const outcome = await saveOver({ path, text: numbered(n), id, known: mark }, drafts);
  if ('conflict' in outcome) throw new Error(`the editor's own file is said to be in conflict: ${outcome.conflict}`);
  mark = outcome.mark;
  writeSync(1, `saved ${n}\n`);
}
