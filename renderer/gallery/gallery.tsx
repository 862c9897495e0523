import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ExampleEntry } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { openExample } from '../documents/actions.ts';
import { useExamples } from '../documents/examples.ts';
import { closeModal as close, Modal } from '../ui/modal.tsx';
import { Miniature } from './miniature.tsx';

const SIZES = { all: 'All', tiny: 'Small: real answers', paper: 'Published size: real cost' } as const;
type Size = keyof typeof SIZES;

interface Template extends ExampleEntry {
  readonly document: GraphDocument;
  readonly size: Exclude<Size, 'all'>;
  /** What the search looks in, in lower case. */
  readonly words: string;
}

/** The graphs that ship, to begin with: found by typing, chosen with the arrow keys and Enter, or with the mouse. */
export function Gallery() {
  const templates = useTemplates();
  const [search, setSearch] = useState('');
  const [size, setSize] = useState<Size>('all');
  const [active, setActive] = useState(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => input.current?.focus(), []);
  const asked = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = templates.filter(
    (template) => (size === 'all' || template.size === size) && asked.every((word) => template.words.includes(word)),
  );
  const chosen = found[Math.min(active, found.length - 1)];
  const open = (template: Template) => {
    close();
    void openExample(template.name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = stepOf(event.key, columnsOf(list.current));
    if (event.key === 'Enter' && chosen) open(chosen);
    else if (step !== 0 && found.length > 0) setActive(Math.min(found.length - 1, Math.max(0, active + step)));
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.name}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, id]);
  return (
    <Modal title="Templates" wide>
      <div className="gallery-search">
        <input
          ref={input}
          className="field"
          role="combobox"
          aria-expanded="true"
          aria-label="Search templates"
          aria-controls={id}
          aria-activedescendant={chosen && `${id}-${chosen.name}`}
          placeholder="Search: llava, q-former, tiles, waterfall …"
          value={search}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }}
        />
        <fieldset className="gallery-sizes">
          <legend className="visually-hidden">Size of the models</legend>
          {(Object.keys(SIZES) as Size[]).map((each) => (
            <button
              key={each}
              type="button"
              className="button outlined"
              aria-pressed={size === each}
              onClick={() => {
                setSize(each);
                setActive(0);
              }}
            >
              {SIZES[each]}
            </button>
          ))}
        </fieldset>
      </div>
      <div id={id} ref={list} className="gallery" role="listbox" aria-label="Templates">
        {found.map((template) => (
          <Card
            key={template.name}
            id={`${id}-${template.name}`}
            template={template}
            active={template === chosen}
            open={() => open(template)}
          />
        ))}
        {found.length === 0 && <p className="dim gallery-none">No template matches. Search for less.</p>}
      </div>
    </Modal>
  );
}

interface CardProps {
  readonly id: string;
  readonly template: Template;
  readonly active: boolean;
  readonly open: () => void;
}

function Card({ id, template, active, open }: CardProps) {
  const { title, description, visualTokens, document } = template;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the search field has the focus, and the keys that choose among these
    <div id={id} className="gallery-card" role="option" tabIndex={-1} aria-selected={active} onClick={open}>
      <Miniature document={document} />
      <h3>{title}</h3>
      <p title={description}>{firstSentence(description)}</p>
      {visualTokens !== undefined && <span className="num dim">{visualTokens} visual tokens</span>}
    </div>
  );
}

function useTemplates(): readonly Template[] {
  const examples = useExamples();
  return useMemo(
    () =>
      examples.map((example) => {
        const document = parse(example.text);
        const kinds = Object.values(document.nodes).map(({ kind }) => kind);
        return {
          ...example,
          document,
          size: example.text.includes('"paper:') ? 'paper' : 'tiny',
          words: [example.name, example.title, example.description, ...kinds].join(' ').toLowerCase(),
        };
      }),
    [examples],
  );
}

const firstSentence = (text: string) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;

function stepOf(key: string, columns: number): number {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  return steps[key] ?? 0;
}

/** Cards that stand in one row. */
function columnsOf(list: HTMLElement | null): number {
  const cards = [...(list?.querySelectorAll<HTMLElement>('[role=option]') ?? [])];
  return Math.max(1, cards.filter((card) => card.offsetTop === cards[0]?.offsetTop).length);
}
