import type { PullState } from '../../electron/backend/models/hub/pulls.ts';
import { bytes, duration } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { cancelPull, putPullAway, startPull } from './actions.ts';
import { hubName, useModels } from './store.ts';

/** What is under way, and what ended otherwise than well; what is here whole stands in the table. */
export function Downloads() {
  const pulls = useModels((state) => state.pulls);
  const shown = pulls.filter(({ status }) => status !== 'finished');
  if (shown.length === 0) return null;
  return (
    <section aria-label="Downloads">
      <h3>Downloads</h3>
      <ul className="models-downloads">
        {shown.map((pull) => (
          <li key={pull.id}>
            <Download pull={pull} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Download({ pull }: { pull: PullState }) {
  const { id, reference, status, progress, message, hint } = pull;
  const name = hubName(reference);
  const again = () => void startPull(reference, progress.variant);
  return (
    <>
      <div className="models-download">
        <b>{name}</b>
        {progress.variant && <span className="num dim">{progress.variant}</span>}
        <span className="grow" />
        {status === 'running' ? (
          <button
            type="button"
            className="button outlined"
            aria-label={`Cancel the download of ${name}`}
            onClick={() => void cancelPull(id)}
          >
            Cancel
          </button>
        ) : (
          <>
            <button type="button" className="button outlined" aria-label={`Go on with ${name}`} onClick={again}>
              {status === 'cancelled' ? 'Go on' : 'Try again'}
            </button>
            <button
              type="button"
              className="button icon"
              aria-label={`Put ${name} away`}
              title="Put away; what came is kept"
              onClick={() => void putPullAway(id)}
            >
              <Icon name="close" size={12} />
            </button>
          </>
        )}
      </div>
      {status === 'failed' ? (
        <Trouble message={message ?? 'The download failed.'} hint={hint} />
      ) : (
        <>
          <progress
            aria-label={`Download of ${name}`}
            {...(progress.of > 0 && { value: progress.done, max: progress.of })}
          />
          <p className="dim models-phase">{phase(pull)}</p>
        </>
      )}
    </>
  );
}

/** `112 MB of 300 MB, 20 MB/s, 9.4 s left: onnx/decoder_model_merged_q4.onnx` */
function phase({ status, progress: { done, of, bytesPerSecond, secondsLeft, file, note } }: PullState): string {
  const amount = of > 0 && `${bytes(done)} of ${bytes(of)}`;
  if (status === 'cancelled') return [amount, 'cancelled; what came is kept'].filter(Boolean).join(', ');
  const figures = [
    amount,
    bytesPerSecond !== undefined && `${bytes(bytesPerSecond)}/s`,
    secondsLeft !== undefined && `${duration(1000 * secondsLeft)} left`,
  ];
  return [figures.filter(Boolean).join(', '), note ?? file].filter(Boolean).join(': ');
}
