import { useEffect, useState } from 'react';
import type { ProviderEntry } from '../../electron/backend/contract.ts';
import { backend, messageOf, useConnection } from '../backend/client.ts';
import { Trouble } from '../ui/trouble.tsx';

/** What models run with on this machine, in order of preference, and why one is used or not. */
export function ProvidersTable() {
  const [entries, setEntries] = useState<readonly ProviderEntry[]>();
  const [trouble, setTrouble] = useState<string>();
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (!connected) return;
    setTrouble(undefined);
    backend()
      .app.providers()
      .then(setEntries, (error: unknown) => setTrouble(messageOf(error)));
  }, [connected]);
  const first = entries?.find(({ works }) => works);
  return (
    <section aria-labelledby="models-providers">
      <h3 id="models-providers">Execution providers</h3>
      {trouble && <Trouble message={trouble} />}
      {!entries && !trouble && (
        <p className="dim" role="status">
          Trying the execution providers…
        </p>
      )}
      {entries && (
        <table className="models-table models-providers">
          <thead>
            <tr>
              <th scope="col">Provider</th>
              <th scope="col">Use</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.name} data-provider={entry.name}>
                <th scope="row">{entry.name.toUpperCase()}</th>
                <td>{entry === first ? <b className="good">first</b> : <Use entry={entry} />}</td>
                <td className="models-reason">{entry.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Use({ entry: { works, wrong } }: { entry: ProviderEntry }) {
  if (works) return <span>what those before it cannot run</span>;
  return wrong ? <span className="warn">not used: wrong answers</span> : <span className="dim">not here</span>;
}
