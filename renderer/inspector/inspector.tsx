import { useId } from 'react';
import type { GraphNode } from '../../graphs/document.ts';
import { isPort, SUBGRAPH, subgraphName } from '../../graphs/subgraphs.ts';
import { catalog } from '../../nodes/catalog.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { switchMode } from '../canvas/modes.ts';
import { hasModules, openModules } from '../modules/actions.ts';
import { startRun } from '../runs/actions.ts';
import { OutputPreview } from '../runs/output-preview.tsx';
import { useCheck } from '../store/check.ts';
import { edit, flatId, useShown } from '../store/document.ts';
import { setNodeTitle } from '../store/edits.ts';
import { itemOf } from '../store/items.ts';
import { paramsOf, portColour, titleOf, typeName } from '../store/library.ts';
import { useIdleReason } from '../store/modes.ts';
import { usePorts } from '../store/ports-shown.ts';
import { useRun } from '../store/run.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { PortName, SubgraphButtons } from '../subgraphs/node-parts.tsx';
import { Operators } from '../timeline/operators.tsx';
import { TrainButton } from '../training/train-button.tsx';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { Control } from './controls.tsx';
import { type Field, mattering } from './fields.ts';
import { CostFigures, isCounted, ReportFigures } from './figures.tsx';
import { GraphOverview, ProblemList } from './graph-overview.tsx';
import { ItemInspector } from './item-inspector.tsx';
import { Several } from './several.tsx';

export function Inspector() {
  const id = useSelection(soleNode);
  const several = useSelection((state) => state.nodes.size);
  const node = useShown((graph) => (id === undefined ? undefined : graph.nodes[id]));
  return (
    <aside className="inspector" aria-label="Inspector">
      {id !== undefined && itemOf(id) ? (
        <ItemInspector id={id} />
      ) : id !== undefined && node ? (
        <>
          <NodeInspector key={id} id={id} node={node} />
          <ProblemList />
        </>
      ) : several > 1 ? (
        <>
          <Several />
          <ProblemList />
        </>
      ) : (
        <GraphOverview />
      )}
    </aside>
  );
}

function NodeInspector({ id, node }: { id: string; node: GraphNode }) {
  const definition = definitionOf(node.kind);
  const running = useRun((state) => state.active !== undefined);
  const title = useShown((graph) => titleOf(graph, id));
  return (
    <>
      <section
        className="inspector-head"
        style={{ '--cat': definition ? categoryColour(definition.category) : 'var(--bad)' }}
      >
        <div className="inspector-kind">
          <span className="module-icon">
            <Icon name={kindIcon(node.kind)} />
          </span>
          <span>{definition?.title ?? node.kind}</span>
          <code className="num">{id}</code>
        </div>
        {isPort(node) ? (
          <PortName id={id} />
        ) : (
          <input
            className="title-field"
            value={node.title ?? ''}
            placeholder={title}
            aria-label="Name of this node"
            onChange={(event) => edit((document) => setNodeTitle(document, id, event.target.value), `${id} title`)}
          />
        )}
        {!isPort(node) && (
          <>
            <div className="button-row">
              <button
                type="button"
                className="button outlined"
                disabled={running}
                onClick={() => void startRun({ to: [id] })}
              >
                <Icon name="play" size={12} /> Run to here
              </button>
              <button
                type="button"
                className="button outlined"
                disabled={running}
                onClick={() => void startRun({ from: [id] })}
              >
                <Icon name="play" size={12} /> Run from here
              </button>
            </div>
            <Modes id={id} node={node} />
            {hasModules(node.kind) && (
              <button type="button" className="button outlined" onClick={() => openModules(id)}>
                Look inside
              </button>
            )}
          </>
        )}
        {subgraphName(node) !== undefined && <SubgraphButtons id={id} repeats={node.kind !== SUBGRAPH} />}
        <TrainButton id={id} node={node} />
      </section>
      {node.kind === SUBGRAPH ? null : definition ? <Params id={id} node={node} /> : <Unknown kind={node.kind} />}
      <Results id={id} />
      <Costs id={id} />
      <PortList id={id} />
      {definition && (
        <section>
          <h3>About</h3>
          <p className="dim doc">{definition.doc}</p>
          <ul className="sources">
            {definition.sources.map((source) => (
              <li key={source.url}>
                <a href={source.url} target="_blank" rel="noreferrer">
                  {source.title}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Whether the node takes part in a run. */
function Modes({ id, node }: { id: string; node: GraphNode }) {
  const reason = useIdleReason(id);
  return (
    <div className="button-row">
      {(['bypass', 'mute'] as const).map((mode) => (
        <button
          key={mode}
          type="button"
          className="button outlined"
          aria-pressed={node.mode === mode}
          title={MODE_TITLES[mode]}
          onClick={() => switchMode([id], mode)}
        >
          {mode === 'bypass' ? 'Bypass' : 'Mute'}
        </button>
      ))}
      {reason !== undefined && <p className="dim">Does not run: {reason}</p>}
    </div>
  );
}

const MODE_TITLES = {
  bypass: 'Does not run, and passes an input on as the output of its type',
  mute: 'Neither it runs nor what depends on it',
};

function Unknown({ kind }: { kind: string }) {
  return (
    <section>
      <p className="dim">
        This version of Patchbay has no node kind “{kind}”. Its parameters and wires are kept as they are in the file.
        Update Patchbay, or replace the node.
      </p>
    </section>
  );
}

function Params({ id, node }: { id: string; node: GraphNode }) {
  const params = paramsOf(node);
  const fields = mattering(node.kind, params);
  const parsed = catalog.get(node.kind)?.parseParams(node.params ?? {});
  const problems = parsed && 'problems' in parsed ? parsed.problems : [];
  const rows = (advanced: boolean) =>
    fields
      .filter((field) => field.advanced === advanced)
      .map((field) => (
        <FieldRow
          key={field.name}
          id={id}
          field={field}
          value={params[field.name]}
          problem={problems.find(({ name }) => name === field.name || name.startsWith(`${field.name}.`))?.message}
        />
      ));
  if (fields.length === 0) return null;
  const more = rows(true);
  return (
    <section>
      <h3>Parameters</h3>
      {rows(false)}
      {more.length > 0 && (
        <details>
          <summary>
            <Icon name="chevron" size={14} /> More ({more.length})
          </summary>
          {more}
        </details>
      )}
    </section>
  );
}

function FieldRow({ id, field, value, problem }: { id: string; field: Field; value: unknown; problem?: string }) {
  const inputId = useId();
  const inline = field.control === 'switch';
  return (
    <div className={`param ${inline ? 'inline' : ''}`} data-param={field.name}>
      <label htmlFor={inputId} title={field.description}>
        {field.title}
      </label>
      <Control id={id} field={field} value={value} inputId={inputId} invalid={problem !== undefined} />
      {problem ? (
        <p className="param-problem">{problem}</p>
      ) : (
        field.description && <p className="param-doc">{field.description}</p>
      )}
    </div>
  );
}

function Results({ id }: { id: string }) {
  const report = useRun((state) => state.nodes[flatId(id)]?.report);
  if (!report) return null;
  return (
    <>
      <section>
        <h3>Last run</h3>
        {report.error && <Trouble message={report.error.message} hint={report.error.hint} />}
        <ReportFigures report={report} />
        {Object.entries(report.outputs ?? {}).map(([port, output]) => (
          <div key={port} className="result">
            <h4>{port}</h4>
            <OutputPreview output={output} />
          </div>
        ))}
      </section>
      <Operators id={id} report={report} />
    </>
  );
}

function Costs({ id }: { id: string }) {
  const check = useCheck((state) => state.nodes[flatId(id)]);
  const cost = check?.cost && isCounted(check.cost) ? check.cost : undefined;
  if (!cost && !check?.error) return null;
  return (
    <section>
      <h3>Expected cost</h3>
      {check?.error && <p className="param-problem">{check.error}</p>}
      {cost && <CostFigures cost={cost} />}
    </section>
  );
}

function PortList({ id }: { id: string }) {
  const { inputs, outputs } = usePorts(id);
  const rows = [
    ...Object.entries(inputs).map(([name, port]) => ({ name, type: port.type, doc: port.doc, side: 'in' })),
    ...Object.entries(outputs).map(([name, port]) => ({ name, type: port.type, doc: port.doc, side: 'out' })),
  ];
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>Ports</h3>
      <ul className="port-list">
        {rows.map(({ name, type, doc, side }) => (
          <li key={`${side}.${name}`}>
            <span className="dot" style={{ background: portColour(type) }} />
            <div>
              <b>{name}</b> <span className="dim">{`${side === 'in' ? 'takes' : 'gives'} ${typeName(type)}`}</span>
              <p className="dim">{doc}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
