import { useEffect, useId, useMemo, useRef } from 'react';
import { diff, inWords } from '../../graphs/diff.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { catalog } from '../../nodes/catalog.ts';
import { PictureControl, useThumbnail } from '../inspector/controls.tsx';
import { fieldsOf } from '../inspector/fields.ts';
import { shortcutWords } from '../keys.ts';
import { Icon } from '../ui/icons.tsx';
import { Modal } from '../ui/modal.tsx';
import { cancelBoth, runBoth } from './actions.ts';
import { useGraphCheck } from './check.ts';
import { FiguresTable } from './figures-table.tsx';
import { type Asked, askedBy } from './inputs.ts';
import { type Marks, marksOf } from './marks.ts';
import { Pane } from './pane.tsx';
import { isRunning, useGraphs, usePanes } from './store.ts';

const NO_MARKS: Marks = { nodes: {}, wires: new Set() };

/** Two graphs beside each other, on one picture and one question: what differs in them, in what they cost and in what they say. */
export function PanesDialog() {
  const { a, b } = useGraphs();
  const changes = useMemo(() => (b ? diff(a.drawn, b.drawn) : []), [a, b]);
  const marks = useMemo(
    () => ({
      a: b ? marksOf(changes, 'a', a.drawn.nodes) : NO_MARKS,
      b: b ? marksOf(changes, 'b', b.drawn.nodes) : NO_MARKS,
    }),
    [changes, a, b],
  );
  const asked = askedBy(a.graph);
  const [checkA, checkB] = [useGraphCheck(a.graph), useGraphCheck(b?.graph)];
  const runs = usePanes((state) => state.runs);
  return (
    <Modal title="Two graphs side by side" whole>
      <AskBoth a={a.graph} b={b?.graph} asked={asked} />
      <div className="panes">
        <Pane side="a" graph={a.drawn} marks={marks.a} asked={asked} />
        <Pane side="b" graph={b?.drawn} marks={marks.b} asked={asked} />
        <aside className="pane-beside" aria-label="How they differ">
          <FiguresTable
            a={{ graph: a.drawn, check: checkA, nodes: runs.a.nodes }}
            {...(b && { b: { graph: b.drawn, check: checkB, nodes: runs.b.nodes } })}
          />
          <section aria-label="What differs in B">
            <h3>What differs in B</h3>
            {b ? (
              <Differences sentences={inWords(changes, a.drawn, b.drawn, catalog)} />
            ) : (
              <p className="dim">Nothing to compare yet.</p>
            )}
          </section>
        </aside>
      </div>
    </Modal>
  );
}

function Differences({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return <p className="dim">No difference: the graphs are the same.</p>;
  return (
    <ul className="pane-differences">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

interface AskProps {
  readonly a: GraphDocument;
  readonly b?: GraphDocument;
  /** What the first graph is asked now. */
  readonly asked: Asked;
}

/** One picture, one question and one button for both. */
function AskBoth({ a, b, asked }: AskProps) {
  const running = usePanes(isRunning);
  const cancelling = usePanes(({ runs }) => runs.a.cancelling || runs.b.cancelling);
  const question = useRef<HTMLTextAreaElement>(null);
  useEffect(() => question.current?.focus(), []);
  const set = (change: Asked) => usePanes.setState((state) => ({ asked: { ...state.asked, ...change } }));
  const kept = keepsOwn(a, b);
  return (
    <form
      className="ask-both"
      onSubmit={(event) => {
        event.preventDefault();
        void runBoth();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void runBoth();
      }}
    >
      {asked.picture !== undefined && <ChoosePicture source={asked.picture} choose={(picture) => set({ picture })} />}
      {asked.question !== undefined && (
        <textarea
          ref={question}
          className="field"
          rows={2}
          aria-label="Question for both graphs"
          value={asked.question}
          onChange={(event) => set({ question: event.target.value })}
        />
      )}
      <div className="ask-actions">
        {running ? (
          <button type="button" className="button outlined run" disabled={cancelling} onClick={() => void cancelBoth()}>
            <Icon name="stop" size={12} /> {cancelling ? 'Cancelling…' : 'Cancel both'}
          </button>
        ) : (
          <button
            type="submit"
            className="button primary run"
            disabled={!b}
            title={shortcutWords('Mod+Enter').join(' ')}
          >
            <Icon name="play" size={12} /> Run both
          </button>
        )}
        <p className="dim">{kept ?? 'Both run on one engine and take turns.'}</p>
      </div>
    </form>
  );
}

/** What is not asked of both, in words: a graph without one place for it keeps its own. */
function keepsOwn(a: GraphDocument, b: GraphDocument | undefined): string | undefined {
  if (!b) return undefined;
  const [ofA, ofB] = [askedBy(a), askedBy(b)];
  const own = (['picture', 'question'] as const).filter((what) => ofA[what] === undefined || ofB[what] === undefined);
  return own.length > 0 ? `Not shared: ${own.join(' and ')}.` : undefined;
}

const pictureField = fieldsOf('image').find(({ control }) => control === 'image');

function ChoosePicture({ source, choose }: { source: string; choose: (source: string) => void }) {
  const id = useId();
  const { url } = useThumbnail(source, 160);
  const list = useRef<HTMLDivElement>(null);
  return (
    <>
      <button type="button" className="picture" popoverTarget={id} aria-label="Picture for both graphs" title={source}>
        {url && <img src={url} alt="" />}
      </button>
      <div id={id} ref={list} popover="auto" className="picture-list">
        {pictureField && (
          <PictureControl
            id="both"
            field={pictureField}
            value={source}
            set={(value) => {
              choose(String(value));
            }}
          />
        )}
      </div>
    </>
  );
}
