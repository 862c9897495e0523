import { diff, inWords } from '../../graphs/diff.ts';
import { format, parse } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';

/** What turns one text of a graph into another, a sentence each. Says so where only places, notes or frames changed. */
export function changesInWords(from: string, to: string): readonly string[] {
  const [a, b] = [parse(from), parse(to)];
  const words = inWords(diff(a, b), a, b, catalog);
  if (words.length > 0) return words;
  return format(a) === format(b)
    ? ['nothing differs']
    : ['nodes, notes or frames stand elsewhere; the graph is the same'];
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A moment as people say it: `3 minutes ago, 14:05`, with the date where it is not of today. */
export function whenInWords(at: string, now = new Date()): string {
  const date = new Date(at);
  const seconds = Math.max(0, (now.getTime() - date.getTime()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1];
  const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.floor(seconds / size), unit);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const today = date.toDateString() === now.toDateString();
  return `${ago}, ${today ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`}`;
}
