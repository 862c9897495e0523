import { format } from '../../../graphs/format.ts';

/** Characters of the note: a file of several blocks, so that a part of it could be on disk. */
const LENGTH = 20_000;

/** The text of a document that says its number, and whose note repeats that to the end. */
export function numbered(n: number): string {
  const notes = { note: { text: `${n} `.repeat(LENGTH / (`${n}`.length + 1)), at: [0, 0] as [number, number] } };
  return format({ schemaVersion: 1, title: `${n}`, nodes: {}, notes });
}
