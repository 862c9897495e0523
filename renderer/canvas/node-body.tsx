import type { OutputSummary } from '../../electron/backend/executor/events.ts';
import type { GraphNode } from '../../graphs/document.ts';
import { TextParam, useThumbnail } from '../inspector/controls.tsx';
import { mattering } from '../inspector/fields.ts';
import { OutputPreview } from '../runs/output-preview.tsx';
import { NodeSearch } from '../search/node-search.tsx';
import { SEARCH_LOOP } from '../search/store.ts';
import { useCheck } from '../store/check.ts';
import { flatId } from '../store/document.ts';
import { paramsOf } from '../store/library.ts';
import { useRun } from '../store/run.ts';
import { Trouble } from '../ui/trouble.tsx';

/** The middle of a node: what is set on it (picture, text), what streams, what came out, or what is wrong. */
export function NodeBody({ id, node }: { id: string; node: GraphNode }) {
  const params = paramsOf(node);
  const fields = mattering(node.kind, params);
  const picture = fields.find((field) => field.control === 'image');
  const text = fields.find((field) => field.control === 'text' && !field.advanced);
  return (
    <>
      {picture && <PictureBody id={id} source={String(params[picture.name] ?? '')} />}
      {text && (
        <div className="module-body">
          <TextParam id={id} field={text} value={String(params[text.name] ?? '')} className="nodrag nowheel" rows={3} />
        </div>
      )}
      <Problems id={id} />
      {node.kind === SEARCH_LOOP && <NodeSearch id={id} />}
      <Outcome id={id} hidden={picture !== undefined || text !== undefined} />
    </>
  );
}

function PictureBody({ id, source }: { id: string; source: string }) {
  // The run, or the check before it, says the same and more.
  const ran = useRun((state) => state.nodes[flatId(id)]?.report?.error !== undefined);
  const checked = useCheck((state) => state.nodes[flatId(id)]?.error !== undefined);
  const thumbnail = useThumbnail(source, 480);
  if (thumbnail.error) return ran || checked ? null : <Trouble message={thumbnail.error} />;
  return (
    <div className="module-picture">
      {thumbnail.url ? <img src={thumbnail.url} alt={source} draggable={false} /> : <div className="skeleton" />}
    </div>
  );
}

function Problems({ id }: { id: string }) {
  const problem = useCheck((state) => state.problems.find(({ node }) => isIn(node, flatId(id)))?.message);
  const shapes = useCheck((state) => state.nodes[flatId(id)]?.error);
  const failed = useRun((state) => state.nodes[flatId(id)]?.report?.status === 'failed');
  const message = problem ?? shapes;
  return message && !failed ? <Trouble message={message} tone="warn" /> : null;
}

/** Whether a problem stands on a node, or on one in it. */
const isIn = (node: string | undefined, id: string) => node === id || node?.startsWith(`${id}/`);

function Outcome({ id, hidden }: { id: string; hidden: boolean }) {
  const run = useRun((state) => state.nodes[flatId(id)]);
  if (!run) return null;
  if (run.phase !== 'done') {
    if (run.text) return <div className="module-body streamed nowheel">{run.text}</div>;
    if (run.progress) return <Progress {...run.progress} />;
  }
  const { report } = run;
  if (report?.error) return <Trouble message={report.error.message} hint={report.error.hint} />;
  if (hidden || !report?.outputs) return null;
  return <Outputs outputs={report.outputs} />;
}

function Outputs({ outputs }: { outputs: Readonly<Record<string, OutputSummary>> }) {
  const [first] = Object.values(outputs).filter(
    (output) => output.type !== 'generator' || Object.keys(outputs).length === 1,
  );
  if (!first) return null;
  return (
    <div className="module-body nowheel">
      <OutputPreview output={first} compact />
    </div>
  );
}

function Progress({ done, of, label }: { done: number; of: number; label: string }) {
  return (
    <div className="module-body">
      <div className="progress-label">
        <span>{label}</span>
        <span className="num">
          {done} / {of}
        </span>
      </div>
      <progress value={done} max={of} aria-label={label} />
    </div>
  );
}
