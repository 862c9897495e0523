import { useState } from 'react';
import { useReactFlow } from 'reactflow';
import type { Category, NodeDefinition } from '../../nodes/definition.ts';
import { definitions } from '../../nodes/registry.ts';
import { DRAG_KIND } from '../canvas/canvas.tsx';
import { insertNode } from '../canvas/insertion.ts';
import { middleOfCanvas } from '../canvas/pointer.ts';
import { GuideCard } from '../guide/guide.tsx';
import { useUi } from '../store/ui.ts';
import { type Kept, useLibrary } from '../subgraphs/library.ts';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import { useKinds } from './kinds.ts';
import { MyLibrary } from './my-library.tsx';

const ORDER: readonly Category[] = [
  'Input',
  'Vision',
  'Fusion',
  'Language',
  'Reasoning',
  'Output',
  'Other',
  'Subgraph',
];

export function Palette() {
  const [query, setQuery] = useState('');
  const kinds = useKinds();
  const found = kinds.filter((definition) => matches(definition, query));
  const kept = useLibrary((state) => state.kept).filter((each) => matches(asKind(each), query));
  return (
    <nav className="palette" aria-label="Node kinds">
      <label className="search">
        <Icon name="search" size={14} />
        <span className="visually-hidden">Search node kinds</span>
        <input
          id="palette-search"
          value={query}
          placeholder="Search nodes"
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setQuery('');
            // What is searched for is no part of the document: undo here is the field's own.
            if (event.key.toLowerCase() === 'z' || event.key.toLowerCase() === 'y') event.stopPropagation();
          }}
        />
        <kbd>/</kbd>
      </label>
      <div className="palette-list">
        {ORDER.map((category) => {
          const entries = found.filter((definition) => definition.category === category);
          return entries.length === 0 ? null : <Group key={category} category={category} entries={entries} />;
        })}
        {kept.length > 0 && <MyLibrary kept={kept} />}
        {found.length + kept.length === 0 && <p className="dim palette-none">No node kind matches “{query}”.</p>}
      </div>
      <GuideCard />
      <p className="palette-hint dim">Drag onto the canvas, or press Tab there.</p>
    </nav>
  );
}

function Group({ category, entries }: { category: Category; entries: readonly NodeDefinition[] }) {
  return (
    <section style={{ '--cat': categoryColour(category) }}>
      <h3>{category}</h3>
      {entries.map((definition) => (
        <Entry key={definition.kind} definition={definition} />
      ))}
    </section>
  );
}

function Entry({ definition }: { definition: NodeDefinition }) {
  const { screenToFlowPosition } = useReactFlow();
  const add = () => {
    // A little apart from each other, so that several added in a row do not hide one another.
    const apart = (definitions.indexOf(definition) % 5) * 28;
    const { x, y } = screenToFlowPosition(middleOfCanvas());
    insertNode(definition.kind, [x + apart, y + apart]);
    if (window.innerWidth < 1000) useUi.setState({ paletteOpen: false });
  };
  return (
    <button
      type="button"
      className="palette-entry"
      draggable
      title={definition.doc}
      data-kind={definition.kind}
      onClick={add}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAG_KIND, definition.kind);
        event.dataTransfer.effectAllowed = 'copy';
      }}
    >
      <span className="module-icon">
        <Icon name={kindIcon(definition.kind)} size={14} />
      </span>
      {definition.title}
    </button>
  );
}

const asKind = ({ title, name, description }: Kept) => ({
  title,
  kind: name,
  category: 'My library',
  doc: description,
});

/** Every word of the query begins somewhere in the title, the kind or the category. */
function matches(
  { title, kind, category, doc }: Readonly<Record<'title' | 'kind' | 'category' | 'doc', string>>,
  query: string,
): boolean {
  const text = `${title} ${kind} ${category} ${doc}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
