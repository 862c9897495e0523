import { changesInWords } from './words.ts';

/** Sentences shown before the rest is counted. */
const SHOWN = 4;

/** How one text of a graph differs from another, in words. */
export function ChangeList({ label, from, to }: { label: string; from: string; to: string }) {
  const words = changesInWords(from, to);
  const more = words.length - SHOWN;
  return (
    <div className="change-list">
      <p className="dim">{label}</p>
      <ul>
        {words.slice(0, more === 1 ? undefined : SHOWN).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {more > 1 && <li className="dim">and {more} more</li>}
      </ul>
    </div>
  );
}
