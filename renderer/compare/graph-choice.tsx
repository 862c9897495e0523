import { useRef, useState } from 'react';
import { useExamples } from '../documents/examples.ts';
import { useDocument } from '../store/document.ts';
import { Icon } from '../ui/icons.tsx';
import { addFiles, addGraph, openGraph, removeGraph, toggleExample } from './actions.ts';
import { useCompare } from './store.ts';

/** Which graphs: the one on the canvas, files, examples. */
export function GraphChoice() {
  const graphs = useCompare((state) => state.choices.graphs);
  const title = useDocument((state) => state.document.title);
  const files = useRef<HTMLInputElement>(null);
  const isChosen = (key: string) => graphs.some((graph) => graph.key === key);
  return (
    <section className="compare-graphs" aria-labelledby="compare-graphs">
      <h3 id="compare-graphs">Graphs, {graphs.length} chosen</h3>
      <label className="compare-tick">
        <input
          type="checkbox"
          checked={isChosen('open')}
          onChange={() => (isChosen('open') ? removeGraph('open') : addGraph(openGraph()))}
        />
        <span>
          {title}
          <small>On the canvas</small>
        </span>
      </label>
      {graphs
        .filter(({ key }) => key.startsWith('file:'))
        .map(({ key, name }) => (
          <div key={key} className="compare-tick">
            <Icon name="file" size={14} />
            <span>
              {name}
              <small>File</small>
            </span>
            <button
              type="button"
              className="button icon"
              aria-label={`Leave ${name} out`}
              onClick={() => removeGraph(key)}
            >
              <Icon name="close" size={12} />
            </button>
          </div>
        ))}
      <button type="button" className="button outlined" onClick={() => files.current?.click()}>
        <Icon name="folder" size={14} /> Add files…
      </button>
      <input
        ref={files}
        type="file"
        accept=".json,application/json"
        multiple
        hidden
        data-testid="compare-files"
        onChange={({ target }) => {
          void addFiles([...(target.files ?? [])]);
          target.value = '';
        }}
      />
      <Examples isChosen={isChosen} />
    </section>
  );
}

function Examples({ isChosen }: { isChosen: (key: string) => boolean }) {
  const examples = useExamples();
  const [search, setSearch] = useState('');
  const words = search.toLowerCase().split(/\s+/);
  const found = examples.filter(({ title, description }) =>
    words.every((word) => `${title} ${description}`.toLowerCase().includes(word)),
  );
  return (
    <>
      <div className="search compare-search">
        <Icon name="search" size={14} />
        <input
          value={search}
          placeholder="Search examples"
          aria-label="Search examples"
          onChange={({ target }) => setSearch(target.value)}
        />
      </div>
      <div className="compare-examples">
        {found.map(({ name, title, visualTokens }) => (
          <label key={name} className="compare-tick">
            <input
              type="checkbox"
              checked={isChosen(`example:${name}`)}
              onChange={() => void toggleExample(name, title)}
            />
            <span>
              {title}
              {visualTokens !== undefined && <small className="num">{visualTokens} visual tokens</small>}
            </span>
          </label>
        ))}
        {found.length === 0 && <p className="dim">No example is called that.</p>}
      </div>
    </>
  );
}
