import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ExampleEntry } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { openExample } from '../documents/actions.ts';
import { useExamples } from '../documents/examples.ts';
import { closeModal as close, Modal } from '../ui/modal.tsx';
import { Miniature } from './miniature.tsx';

const GROUPS = {
  tiny: 'Small models: real answers right away',
  search: 'Thinking and search: compute turned into accuracy, with small models',
  paper: 'Published sizes: tokens, latency and memory are real, the text is noise',
} as const;
type Group = keyof typeof GROUPS;
const names = Object.keys(GROUPS) as Group[];

interface Template extends ExampleEntry {
  readonly document: GraphDocument;
  readonly group: Group;
  /** What the search looks in, in lower case. */
  readonly words: string;
}

/** The graphs that ship, to begin with: found by typing, chosen with the arrow keys and Enter, or with the mouse. */
export function Gallery() {
  const templates = useTemplates();
  const [search, setSearch] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => input.current?.focus(), []);
  const asked = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = templates.filter(({ words }) => asked.every((word) => words.includes(word)));
  const groups = names
    .map((name) => ({ name, found: fitting.filter((template) => template.group === name) }))
    .filter(({ found }) => found.length > 0);
  const found = groups.flatMap((group) => group.found);
  const chosen = found[Math.min(active, found.length - 1)];
  const open = (template: Template) => {
    close();
    void openExample(template.name);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = neighbour(list.current, event.key);
    if (event.key === 'Enter' && chosen) open(chosen);
    else if (next !== undefined) setActive(next);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.name}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, id]);
  return (
    <Modal title="Templates" wide>
      <input
        ref={input}
        className="field"
        role="combobox"
        aria-expanded="true"
        aria-label="Search templates"
        aria-controls={id}
        aria-activedescendant={chosen && `${id}-${chosen.name}`}
        placeholder="Search: llava, q-former, tiles, small …"
        value={search}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setSearch(event.target.value);
          setActive(0);
        }}
      />
      <div id={id} ref={list} className="gallery" role="listbox" aria-label="Templates">
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options, which a fieldset is not
          <div key={group.name} role="group" aria-labelledby={`${id}-${group.name}`}>
            <h3 id={`${id}-${group.name}`} role="presentation">
              {GROUPS[group.name]}
            </h3>
            {group.found.map((template) => (
              <Card
                key={template.name}
                id={`${id}-${template.name}`}
                template={template}
                active={template === chosen}
                open={() => open(template)}
              />
            ))}
          </div>
        ))}
        {found.length === 0 && templates.length > 0 && (
          <p className="dim gallery-none">No template matches. Search for less.</p>
        )}
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
      <h4>{title}</h4>
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
        const group = groupOf(example.text, kinds);
        const words = [example.name, example.title, example.description, GROUPS[group], ...kinds];
        return { ...example, document, group, words: words.join(' ').toLowerCase() };
      }),
    [examples],
  );
}

function groupOf(text: string, kinds: readonly string[]): Group {
  if (text.includes('"paper:')) return 'paper';
  return kinds.includes('search-loop') ? 'search' : 'tiny';
}

const firstSentence = (text: string) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;

/** Where an arrow key leads from the chosen card, as an index: to the nearest of the next row, or the next of all. */
function neighbour(list: HTMLElement | null, key: string): number | undefined {
  const cards = [...(list?.querySelectorAll<HTMLElement>('[role=option]') ?? [])];
  const at = cards.findIndex((card) => card.ariaSelected === 'true');
  const chosen = cards[at];
  if (!chosen) return undefined;
  if (key === 'ArrowRight') return Math.min(at + 1, cards.length - 1);
  if (key === 'ArrowLeft') return Math.max(at - 1, 0);
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const down = (card: HTMLElement) => (card.offsetTop - chosen.offsetTop) * (key === 'ArrowDown' ? 1 : -1);
  const aside = (card: HTMLElement) => Math.abs(card.offsetLeft - chosen.offsetLeft);
  const [next = chosen] = cards
    .filter((card) => down(card) > 0)
    .sort((a, b) => down(a) - down(b) || aside(a) - aside(b));
  return cards.indexOf(next);
}
