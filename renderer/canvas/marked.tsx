import type { ReactNode } from 'react';

/** Text with a little Markdown: `#` headings, `-` lists, paragraphs; in them `**strong**`, `*stressed*` and `` `code` ``. */
export function Marked({ text }: { text: string }) {
  const blocks = text.split(/\n{2,}|\n(?=#{1,3} )|(?<=^#{1,3} .*)\n/m).filter((block) => block.trim() !== '');
  return [...blocks.entries()].map(([place, block]) => <Block key={place} block={block} />);
}

function Block({ block }: { block: string }) {
  const heading = /^#{1,3} (.*)/.exec(block);
  if (heading) return <h4>{inline(heading[1] ?? '')}</h4>;
  const lines = block.split('\n');
  if (lines.every((line) => /^\s*[-*] /.test(line) || line.trim() === '')) {
    const items = lines.filter((line) => line.trim() !== '');
    return (
      <ul>
        {[...items.entries()].map(([place, line]) => (
          <li key={place}>{inline(line.replace(/^\s*[-*] /, ''))}</li>
        ))}
      </ul>
    );
  }
  return <p>{inline(block)}</p>;
}

function inline(text: string): ReactNode[] {
  const parts = text.split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/);
  return [...parts.entries()].map(([place, part]) => {
    if (/^\*\*.+\*\*$/.test(part)) return <strong key={place}>{part.slice(2, -2)}</strong>;
    if (/^\*.+\*$/.test(part)) return <em key={place}>{part.slice(1, -1)}</em>;
    if (/^`.+`$/.test(part)) return <code key={place}>{part.slice(1, -1)}</code>;
    return part;
  });
}
