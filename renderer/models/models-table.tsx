import { useState } from 'react';
import type { ModelEntry, ModelUse } from '../../electron/backend/contract.ts';
import { bytes } from '../ui/format.ts';
import { openGraphOf, removeModel, startPull } from './actions.ts';
import { hubName, running, useModels } from './store.ts';

const SOURCES = [
  ['hub', 'Downloaded'],
  ['folder', 'In folders'],
  ['trained', 'Trained here'],
  ['tiny', 'Ship with Patchbay'],
] as const;

/** What is on this machine, by where it came from. */
export function ModelsTable() {
  const entries = useModels((state) => state.entries);
  if (!entries) return <p className="dim">Listing the models…</p>;
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return (
    <section aria-labelledby="models-here">
      <h3 id="models-here">
        On this machine <span className="num dim">{bytes(total)}</span>
      </h3>
      <table className="models-table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className="figure">
              Size
            </th>
            <th scope="col">Precisions</th>
            <th scope="col">Licence</th>
            <th scope="col">Used by</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        {SOURCES.map(([source, title]) => {
          const found = entries.filter((entry) => entry.source === source);
          if (found.length === 0 && source !== 'hub') return null;
          return (
            <tbody key={source}>
              <tr className="models-source">
                <th scope="rowgroup" colSpan={6}>
                  {title}
                </th>
              </tr>
              {found.map((entry) => (
                <Model key={entry.reference} entry={entry} />
              ))}
              {found.length === 0 && (
                <tr>
                  <td colSpan={6} className="dim">
                    None yet. Models that other tools of the Hub downloaded as ONNX are found here too.
                  </td>
                </tr>
              )}
            </tbody>
          );
        })}
      </table>
    </section>
  );
}

function Model({ entry }: { entry: ModelEntry }) {
  const { reference, source, title, bytes: size, licence, variants, usedBy, folder } = entry;
  const [asking, setAsking] = useState(false);
  const coming = useModels((state) => running(state).some((pull) => pull.reference === reference));
  const inPart = source === 'hub' && variants.length === 0;
  return (
    <tr data-reference={reference}>
      <th scope="row" title={folder}>
        {title}
        {source !== 'hub' && <small className="num">{reference}</small>}
        {source === 'hub' && hubName(reference) !== title && <small className="num">{hubName(reference)}</small>}
      </th>
      <td className="num figure">{bytes(size)}</td>
      <td className="num">{inPart ? <span className="warn">in part</span> : variants.join(', ')}</td>
      <td>{licence ?? ''}</td>
      <td>
        <Uses uses={usedBy} />
      </td>
      <td className="models-act">
        {inPart && !coming && !asking && (
          <button
            type="button"
            className="button outlined"
            aria-label={`Go on with ${title}`}
            onClick={() => void startPull(reference)}
          >
            Go on
          </button>
        )}
        {(source === 'hub' || source === 'folder') && !inPart && !asking && (
          <button
            type="button"
            className="button outlined"
            aria-label={`Make a graph of ${title}`}
            onClick={() => void openGraphOf(reference)}
          >
            Make a graph
          </button>
        )}
        {(source === 'hub' || source === 'trained') && !coming && (
          <Remove entry={entry} asking={asking} setAsking={setAsking} />
        )}
      </td>
    </tr>
  );
}

interface RemoveProps {
  readonly entry: ModelEntry;
  readonly asking: boolean;
  readonly setAsking: (asking: boolean) => void;
}

/** Asks first, in its place: a model of gigabytes is soon removed and long in coming. */
function Remove({ entry: { reference, title, bytes: size, usedBy }, asking, setAsking }: RemoveProps) {
  if (!asking)
    return (
      <button type="button" className="button outlined" aria-label={`Remove ${title}`} onClick={() => setAsking(true)}>
        Remove
      </button>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame in the row
    <span role="group" aria-label={`Remove ${title}?`}>
      {usedBy.length > 0 && (
        <span className="warn">{usedBy.length === 1 ? '1 graph holds it' : `${usedBy.length} graphs hold it`} </span>
      )}
      <button type="button" className="button outlined" onClick={() => setAsking(false)}>
        Keep
      </button>
      <button
        type="button"
        className="button danger"
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that was just pressed
        autoFocus
        aria-label={`Remove ${title} for good`}
        onClick={() => void removeModel(reference)}
      >
        Remove {bytes(size)}
      </button>
    </span>
  );
}

const count = (graphs: number) => `${graphs} ${graphs === 1 ? 'graph' : 'graphs'}`;

/** The open graph by its name, others by their number; all of them on hover. */
function Uses({ uses }: { uses: readonly ModelUse[] }) {
  if (uses.length === 0) return <span className="dim">–</span>;
  const open = uses.some(({ where }) => where === 'open');
  const others = uses.length - Number(open);
  const words = [open && 'this graph', others > 0 && (open ? `${others} more` : count(others))];
  return <span title={uses.map(useWords).join('\n')}>{words.filter(Boolean).join(', ')}</span>;
}

function useWords(use: ModelUse): string {
  if (use.where === 'open') return `${use.title} (open)`;
  return use.where === 'template' ? `${use.title} (template)` : `${use.title} (${use.path})`;
}
