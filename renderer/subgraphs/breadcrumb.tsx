import { Panel } from 'reactflow';
import { lookAt, useDocument } from '../store/document.ts';
import { titleOf } from '../store/library.ts';
import { graphAt, levelsOf } from '../store/place.ts';

/** The way to the subgraph that is open: a click on any part of it goes back there. */
export function Breadcrumb() {
  const document = useDocument((state) => state.document);
  const levels = levelsOf(
    document,
    useDocument((state) => state.place),
  );
  if (levels.length === 0) return null;
  const places = levels.map((_, index) => levels.slice(0, index).map(({ node }) => node));
  return (
    <Panel position="top-left">
      <nav className="breadcrumb" aria-label="Open subgraphs">
        {places.map((place, index) => (
          <span key={place.join('/')}>
            <button type="button" className="button" onClick={() => lookAt(place, levels[index]?.node ?? '')}>
              {index === 0 ? document.title || 'Untitled' : titleAt(document, place)}
            </button>
            <i aria-hidden="true">›</i>
          </span>
        ))}
        <b aria-current="page">
          {titleAt(
            document,
            levels.map(({ node }) => node),
          )}
        </b>
        <span className="dim">Esc goes back</span>
      </nav>
    </Panel>
  );
}

type Document = ReturnType<typeof useDocument.getState>['document'];

function titleAt(document: Document, place: readonly string[]): string {
  return titleOf(graphAt(document, place.slice(0, -1)), place.at(-1) ?? '');
}
