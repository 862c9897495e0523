import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import type { SearchNode } from '../../nodes/search-loop/search.ts';
import { commandOf } from '../commands.ts';
import { useDocument } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { significant, whole } from '../ui/format.ts';
import { Grip } from '../ui/grip.tsx';
import { Icon } from '../ui/icons.tsx';
import { Keys } from '../ui/keys.tsx';
import { CandidatesTable, Spent, Votes } from './candidates.tsx';
import { type Drawing, drawingOf, neighbourOf, nodeAt, SHADES, shadeOf } from './drawing.ts';
import { closeSearch, lookAt, type Page, setSearchHeight, useSearched, useSearchPanel } from './store.ts';
import { shadeStyle, TreeDrawing } from './tree-drawing.tsx';
import './search.css';

/** A search under the canvas: its tree as it grows, and what came of it. */
export function SearchPanel() {
  const node = useSearchPanel((state) => state.node);
  return node === undefined ? null : <Panel node={node} />;
}

/** Pixels of the panel that are not the tree's. */
const AROUND = 78;

function Panel({ node }: { node: string }) {
  const { height, selected, page } = useSearchPanel();
  const { nodes, result } = useSearched(node);
  const drawing = useMemo(() => drawingOf(nodes, height - AROUND), [nodes, height]);
  // The graph may have been changed since.
  const there = useDocument((state) => state.document.title);
  const pages: Readonly<Record<Page, ReactNode>> = {
    node: <Looked drawing={drawing} selected={selected} steps={result?.candidates} />,
    candidates: result && <CandidatesTable result={result} pick={lookAt} />,
    votes: result && <Votes result={result} />,
    spent: result && <Spent result={result} />,
  };
  return (
    <section className="timeline search-panel" style={{ height }} aria-label={`Search of ${node} in ${there}`}>
      <Grip label="Height of the search" height={height} set={setSearchHeight} />
      <header className="timeline-head">
        <h2>Search</h2>
        <span className="dim">
          {node}: <span className="num">{whole(nodes.length)}</span> nodes
          {result && (
            <>
              , <span className="num">{whole(result.candidates.length)}</span> candidates,{' '}
              <span className="num">{whole(result.spent.generated)}</span> tokens
            </>
          )}
        </span>
        <span className="grow" />
        <Pages page={page} ended={result !== undefined} />
        <button type="button" className="button icon" onClick={closeSearch} aria-label="Close the search">
          <Icon name="close" size={14} />
        </button>
      </header>
      {nodes.length === 0 ? (
        <NotYet />
      ) : (
        <div className="search-parts">
          <Tree drawing={drawing} selected={selected} />
          <Legend />
          <div className="search-side">{pages[page]}</div>
        </div>
      )}
    </section>
  );
}

function NotYet() {
  const running = useRun((state) => state.active !== undefined);
  if (running) return <p className="dim timeline-none">The search has not begun yet. Its tree grows here.</p>;
  return (
    <p className="dim timeline-none">
      This search has not run yet. Run the graph <Keys shortcut={commandOf('run.start').shortcuts[0] ?? ''} />, and its
      tree grows here.
    </p>
  );
}

const PAGES: readonly (readonly [Page, string])[] = [
  ['node', 'Node'],
  ['candidates', 'Candidates'],
  ['votes', 'Votes'],
  ['spent', 'Spent'],
];

function Pages({ page, ended }: { page: Page; ended: boolean }) {
  return PAGES.map(([name, label]) => (
    <button
      key={name}
      type="button"
      className="button"
      aria-pressed={page === name}
      disabled={name !== 'node' && !ended}
      onClick={() => useSearchPanel.setState({ page: name })}
    >
      {label}
    </button>
  ));
}

function Legend() {
  return (
    <span className="search-legend dim">
      value 0
      {Array.from({ length: SHADES }, (_, shade) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a shade is its place
        <i key={shade} className="valued" style={shadeStyle(shade)} />
      ))}
      1 · size: visits · bold: chosen
    </span>
  );
}

/** The tree, for the mouse and the arrow keys. */
function Tree({ drawing, selected }: { drawing: Drawing; selected: number | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const [root] = drawing.placed.keys();
  const looked = drawing.placed.get(selected ?? root ?? Number.NaN);
  // Of a tree that is wider than its room, what is looked at is seen: its root, to begin with.
  useEffect(() => bringIntoView(box.current, looked?.x), [looked?.x]);
  const click = (event: MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.querySelector('svg')?.getBoundingClientRect();
    if (box) lookAt(nodeAt(drawing, event.clientX - box.left, event.clientY - box.top));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    event.stopPropagation();
    lookAt(selected === undefined ? root : (neighbourOf(drawing, selected, event.key) ?? selected));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing that the arrow keys walk over
    <div
      ref={box}
      className="search-canvas"
      role="group"
      aria-label="Search tree: arrow keys walk over its nodes"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk over its nodes
      tabIndex={0}
      onClick={click}
      onKeyDown={onKeyDown}
    >
      <TreeDrawing drawing={drawing} selected={selected} />
    </div>
  );
}

/** Pixels between what is brought into view and the edge. */
const EDGE = 24;

function bringIntoView(box: HTMLElement | null, x: number | undefined): void {
  if (!box || x === undefined) return;
  const seen = x - box.scrollLeft;
  if (seen < EDGE || seen > box.clientWidth - EDGE) box.scrollLeft = x - box.clientWidth / 2;
}

interface LookedProps {
  readonly drawing: Drawing;
  readonly selected: number | undefined;
  readonly steps:
    | readonly { readonly node: number; readonly steps?: readonly number[]; readonly score?: number }[]
    | undefined;
}

/** The text up to a node, step by step with what the search thought of each. */
function Looked({ drawing: { placed }, selected, steps: candidates }: LookedProps) {
  const node = selected === undefined ? undefined : placed.get(selected)?.node;
  if (!node)
    return <p className="dim">Click a node of the tree, or walk over it by the arrow keys, for its text and scores.</p>;
  const path: SearchNode[] = [];
  for (
    let at: SearchNode | undefined = node;
    at;
    at = at.parent === undefined ? undefined : placed.get(at.parent)?.node
  )
    path.unshift(at);
  const candidate = candidates?.find((one) => one.node === node.id);
  return (
    <div className="search-looked" aria-live="polite">
      <p>
        {path.length === 1 ? 'The prompt' : `Depth ${path.length - 1}`}
        {node.value !== undefined && (
          <>
            , value <b className="num">{significant(node.value)}</b>
          </>
        )}
        {node.visits > 0 && (
          <>
            , <span className="num">{node.visits}</span> {node.visits === 1 ? 'visit' : 'visits'}
          </>
        )}
        {node.chosen && ', on the chosen path'}
        {node.finish === 'length' && ', cut off by its budget'}
        {candidate?.score !== undefined && (
          <>
            , score <b className="num">{significant(candidate.score)}</b>
          </>
        )}
      </p>
      <ol>
        {path.slice(1).map((step) => (
          <li key={step.id} className={step.id === node.id ? 'here' : ''}>
            <span className="search-value num" title="What the search thinks of it">
              <i className={step.value === undefined ? 'unvalued' : 'valued'} style={shadeStyle(shadeOf(step) ?? 0)} />
              {step.value === undefined ? '' : significant(step.value)}
            </span>
            <span>{step.text.trim()}</span>
          </li>
        ))}
      </ol>
      {candidate?.steps && (
        <p className="dim">
          The verifier after each step: <span className="num">{candidate.steps.map(significant).join(', ')}</span>
        </p>
      )}
    </div>
  );
}
