import { whole } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { follow, removeMeasurement, resumeMeasurement } from './actions.ts';
import { useCompute } from './store.ts';

/** Measurements that are kept: to look at, or to go on with. */
export function Earlier() {
  const entries = useCompute((state) => state.entries);
  if (entries.length === 0) return null;
  return (
    <section className="compare-earlier" aria-labelledby="compute-earlier">
      <h3 id="compute-earlier">Earlier</h3>
      <ul>
        {entries.map(({ id, title, began, status, searches, done }) => (
          <li key={id}>
            <button type="button" className="compare-entry" onClick={() => void follow(id)}>
              {title}
              <small>
                {new Date(began).toLocaleString()}
                {status !== 'finished' && `, ${status} at ${whole(done)} of ${whole(searches)} searches`}
              </small>
            </button>
            {status === 'stopped' && (
              <button type="button" className="button outlined" onClick={() => void resumeMeasurement(id)}>
                Go on
              </button>
            )}
            {status !== 'running' && (
              <button
                type="button"
                className="button icon"
                aria-label={`Remove ${title}`}
                title="Remove"
                onClick={() => void removeMeasurement(id)}
              >
                <Icon name="close" size={12} />
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
