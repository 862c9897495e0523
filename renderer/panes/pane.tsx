import { useRef, useState } from 'react';
import type { GraphDocument } from '../../graphs/document.ts';
import { useExamples } from '../documents/examples.ts';
import { OutputPreview } from '../runs/output-preview.tsx';
import { hasUnsavedWork, useDocument } from '../store/document.ts';
import { Menu } from '../ui/menu.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { chooseExample, chooseFile, chooseSaved } from './actions.ts';
import { answeringNodes, lastNodes } from './figures.ts';
import type { Asked } from './inputs.ts';
import type { Marks, Side } from './marks.ts';
import { PaneCanvas } from './pane-canvas.tsx';
import { type PaneRun, usePanes } from './store.ts';

export const SIDE_NAMES = { a: 'A', b: 'B' } as const;

interface PaneProps {
  readonly side: Side;
  readonly graph?: GraphDocument;
  readonly marks: Marks;
  readonly asked: Asked;
}

/** One of the two graphs: which it is, how it is drawn, and what it answers. */
export function Pane({ side, graph, marks, asked }: PaneProps) {
  const [problem, setProblem] = useState<string>();
  return (
    <section className="pane" aria-label={`Graph ${SIDE_NAMES[side]}`}>
      <header>
        <span className="pane-side">{SIDE_NAMES[side]}</span>
        <h3>{graph?.title ?? 'No graph yet'}</h3>
        {side === 'b' && <ChooseGraph said={setProblem} />}
      </header>
      {problem && (
        <p className="param-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="pane-canvas">
        {graph ? (
          <PaneCanvas side={side} graph={graph} marks={marks} />
        ) : (
          <p className="pane-empty dim">Choose a graph to stand beside the one that is open: an example, or a file.</p>
        )}
      </div>
      {graph && <Answers side={side} graph={graph} asked={asked} />}
    </section>
  );
}

function ChooseGraph({ said }: { said: (problem: string | undefined) => void }) {
  const examples = useExamples();
  const chooser = useRef<HTMLInputElement>(null);
  const unsaved = useDocument(hasUnsavedWork);
  return (
    <>
      <Menu
        label="Choose graph"
        wide
        items={[
          { title: 'From a file…', run: () => chooser.current?.click() },
          {
            title: 'The open graph as it was saved',
            detail: unsaved ? undefined : 'Nothing was changed since',
            disabled: !unsaved,
            run: chooseSaved,
          },
          'line',
          ...examples.map(({ name, title, visualTokens }) => ({
            title,
            note: visualTokens === undefined ? undefined : `${visualTokens} visual tokens`,
            run: () => void chooseExample(name).then(said),
          })),
        ]}
      />
      <input
        ref={chooser}
        type="file"
        accept=".json,application/json"
        hidden
        data-testid="pane-file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void chooseFile(file).then(said);
        }}
      />
    </>
  );
}

/** What a graph answers, as it comes; or what went wrong. */
function Answers({ side, graph, asked }: { side: Side; graph: GraphDocument; asked: Asked }) {
  const run = usePanes((state) => state.runs[side]);
  const answering = answeringNodes(graph);
  const ids = answering.length > 0 ? answering : lastNodes(graph);
  const stale = run.asked && (run.asked.picture !== asked.picture || run.asked.question !== asked.question);
  const failures = failuresOf(run);
  return (
    <div className={`pane-answers ${stale ? 'stale' : ''}`} role="status">
      <p className="pane-said">{stale ? 'Answered before the picture or the question was changed' : statusOf(run)}</p>
      {failures.map(({ message, hint }) => (
        <Trouble key={message} message={message} hint={hint} />
      ))}
      {ids.map((id) => (
        <div key={id} className="pane-answer">
          {ids.length > 1 && <code>{id}</code>}
          <Said run={run} id={id} />
        </div>
      ))}
    </div>
  );
}

function Said({ run, id }: { run: PaneRun; id: string }) {
  const { phase, text, report } = run.nodes[id] ?? {};
  if (phase && phase !== 'done') return <p className="out-answer">{text}</p>;
  const [output] = Object.values(report?.outputs ?? {}).filter(({ type }) => type !== 'generator');
  return output ? <OutputPreview output={output} compact /> : null;
}

function failuresOf({ error, nodes }: PaneRun): readonly { readonly message: string; readonly hint?: string }[] {
  const failed = Object.entries(nodes).flatMap(([id, { report }]) =>
    report?.error ? [{ message: `${id}: ${report.error.message}`, hint: report.error.hint }] : [],
  );
  return error ? [error, ...failed] : failed;
}

const RESULT_WORDS = { finished: 'Finished', failed: 'Failed', cancelled: 'Cancelled' } as const;

function statusOf({ active, cancelling, nodes, result }: PaneRun): string {
  if (active) {
    const busy = active.order.find((id) => ['loading', 'running'].includes(nodes[id]?.phase ?? ''));
    if (cancelling) return 'Cancelling…';
    return busy ? `${nodes[busy]?.phase === 'loading' ? 'Loading' : 'Running'} ${busy}…` : 'Waiting for its turn…';
  }
  if (!result) return 'Not run yet';
  return RESULT_WORDS[result.status];
}
