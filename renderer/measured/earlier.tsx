import { useId } from 'react';
import { useStore } from 'zustand';
import { whole } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import type { Measurements } from './measurements.ts';

/** Measurements that are kept: to look at, or to go on with. */
export function Earlier({ measurements }: { measurements: Measurements }) {
  const { store, of, unit } = measurements.kind;
  const entries = useStore(store, (state) => state.entries);
  const heading = useId();
  if (entries.length === 0) return null;
  return (
    <section className="compare-earlier" aria-labelledby={heading}>
      <h3 id={heading}>Earlier</h3>
      <ul>
        {entries.map((entry) => {
          const { id, title, began, status, done } = entry;
          return (
            <li key={id}>
              <button type="button" className="compare-entry" onClick={() => void measurements.follow(id)}>
                {title}
                <small>
                  {new Date(began).toLocaleString()}
                  {status !== 'finished' && `, ${status} at ${whole(done)} of ${whole(of(entry))} ${unit}`}
                </small>
              </button>
              {status === 'stopped' && (
                <button type="button" className="button outlined" onClick={() => void measurements.resume(id)}>
                  Go on
                </button>
              )}
              {status !== 'running' && (
                <button
                  type="button"
                  className="button icon"
                  aria-label={`Remove ${title}`}
                  title="Remove"
                  onClick={() => void measurements.remove(id)}
                >
                  <Icon name="close" size={12} />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
