import { Fragment } from 'react';
import type { NodeReport } from '../../electron/backend/executor/events.ts';
import { profileNode } from '../runs/actions.ts';
import { useRun } from '../store/run.ts';
import { duration, whole } from '../ui/format.ts';
import './operators.css';

const TOP = 10;

/** Where a node's time goes by operator, from ONNX Runtime's own profile; taken on request, since it costs another run. */
export function Operators({ id, report }: { id: string; report: NodeReport }) {
  const running = useRun((state) => state.active !== undefined);
  // A node without a session has no operators; those of a subgraph are its nodes'.
  if (!report.provider || report.kind === 'subgraph') return null;
  const { operators, provider } = report;
  return (
    <section>
      <h3>Operators</h3>
      {operators && <OperatorTable operators={operators} />}
      {operators && provider.fallback !== undefined && (
        <p className="dim">
          {provider.fallback === 0
            ? `All operators ran on ${provider.ran.toUpperCase()}.`
            : `${(100 * provider.fallback).toFixed(0)} % of the operators fell back from ${provider.ran.toUpperCase()}.`}
        </p>
      )}
      <button type="button" className="button outlined" disabled={running} onClick={() => void profileNode(id)}>
        {operators ? 'Profile again' : 'Profile its operators'}
      </button>
    </section>
  );
}

/** `SkipLayerNormalization`, which may break before a capital and nowhere else. */
function Name({ operator }: { operator: string }) {
  const parts = operator.split(/(?<=[a-z])(?=[A-Z])/);
  return parts.map((part, at) => (
    <Fragment key={parts.slice(0, at).join('')}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function OperatorTable({ operators }: { operators: NonNullable<NodeReport['operators']> }) {
  const total = operators.reduce((sum, { ms }) => sum + ms, 0);
  const rest = operators.slice(TOP);
  return (
    <table className="operators">
      <thead>
        <tr>
          <th scope="col">Operator</th>
          <th scope="col">Calls</th>
          <th scope="col">Time</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {operators.slice(0, TOP).map(({ operator, provider, count, ms }) => (
          <tr key={`${operator} ${provider}`} style={{ '--share': `${(100 * ms) / total}%` }}>
            <td>
              <Name operator={operator} /> <span className="dim">{provider.toUpperCase()}</span>
            </td>
            <td className="num">{whole(count)}</td>
            <td className="num">{duration(ms)}</td>
            <td className="num">{((100 * ms) / total).toFixed(1)} %</td>
          </tr>
        ))}
        {rest.length > 0 && (
          <tr>
            <td colSpan={2}>{rest.length} others</td>
            <td className="num">{duration(rest.reduce((sum, { ms }) => sum + ms, 0))}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}
