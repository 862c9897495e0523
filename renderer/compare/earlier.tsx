import { whole } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { follow, removeComparison, resumeComparison } from './actions.ts';
import { useCompare } from './store.ts';

/** Comparisons that are kept: to look at, or to go on with. */
export function Earlier() {
  const entries = useCompare((state) => state.entries);
  if (entries.length === 0) return null;
  return (
    <section className="compare-earlier" aria-labelledby="compare-earlier">
      <h3 id="compare-earlier">Earlier</h3>
      <ul>
        {entries.map(({ id, title, began, status, runs, done }) => (
          <li key={id}>
            <button type="button" className="compare-entry" onClick={() => void follow(id)}>
              {title}
              <small>
                {new Date(began).toLocaleString()}
                {status !== 'finished' && `, ${status} at ${whole(done)} of ${whole(runs)} runs`}
              </small>
            </button>
            {status === 'stopped' && (
              <button type="button" className="button outlined" onClick={() => void resumeComparison(id)}>
                Go on
              </button>
            )}
            {status !== 'running' && (
              <button
                type="button"
                className="button icon"
                aria-label={`Remove ${title}`}
                title="Remove"
                onClick={() => void removeComparison(id)}
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
