import type { Table } from '../../graphs/comparison-text.ts';

/** Tables for a terminal, each below its title. */
export function tablesText(tables: readonly Table[]): string {
  return tables.map(({ title, head, rows }) => `${title}\n\n${table(head, rows)}\n`).join('\n');
}

/** Columns padded to their widest cell; the first column reads from the left, numbers from the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const numeric = head.map((_, column) => column > 0 && rows.every((row) => /^$|^[-\d]/.test(row[column] ?? '')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return numeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
