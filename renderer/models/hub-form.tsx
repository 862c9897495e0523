import { type RefObject, useId } from 'react';
import type { HubLook, VariantEntry } from '../../electron/backend/contract.ts';
import { bytes, whole } from '../ui/format.ts';
import { Trouble } from '../ui/trouble.tsx';
import { forgetLook, lookAtHub, openModelFolder, startPull } from './actions.ts';
import { hubName, running, useModels } from './store.ts';

/** Asks the Hub for a model by name, and offers the precisions in which it comes. */
export function HubForm({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const name = useModels((state) => state.name);
  const look = useModels((state) => state.look);
  const id = useId();
  return (
    <section className="models-hub" aria-label="Download from the Hub">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void lookAtHub(name.trim());
        }}
      >
        <label htmlFor={id}>Download from the Hugging Face Hub</label>
        <input
          ref={field}
          id={id}
          className="field num"
          value={name}
          placeholder="HuggingFaceTB/SmolVLM-256M-Instruct"
          spellCheck={false}
          autoCapitalize="off"
          onChange={({ target }) => {
            useModels.setState({ name: target.value });
            forgetLook();
          }}
        />
        <button type="submit" className="button outlined" disabled={name.trim() === '' || look === 'asking'}>
          {look === 'asking' ? 'Asking…' : 'Look'}
        </button>
        <button type="button" className="button outlined" onClick={openModelFolder}>
          Open a folder…
        </button>
      </form>
      <div aria-live="polite">
        {look && look !== 'asking' && ('message' in look ? <Trouble {...look} /> : <Precisions look={look} />)}
      </div>
    </section>
  );
}

/** The precisions of a model: what each takes on disk and in memory, and which one fits. */
function Precisions({ look }: { look: HubLook }) {
  const { reference, licence, commit, variants, tokens, why, memory } = look;
  const best = variants.find(({ suggested }) => suggested);
  return (
    <>
      <p className="models-found">
        <b>{hubName(reference)}</b>
        <span className="dim">
          {licence ? `licence ${licence}` : 'no licence named'}, commit{' '}
          <span className="num">{commit.slice(0, 7)}</span>
        </span>
      </p>
      <table className="models-table">
        <thead>
          <tr>
            <th scope="col">Precision</th>
            <th scope="col" className="figure">
              Download
            </th>
            <th scope="col" className="figure" title="In memory, once they are loaded">
              Weights
            </th>
            {tokens !== undefined && (
              <th scope="col" className="figure" title={`Keys and values of ${whole(tokens)} tokens, in memory`}>
                Cache
              </th>
            )}
            <th scope="col">For this machine</th>
            <th scope="col">
              <span className="visually-hidden">Download</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {variants.map((entry) => (
            <Precision key={entry.variant} reference={reference} entry={entry} caches={tokens !== undefined} />
          ))}
        </tbody>
      </table>
      <p className="dim models-why">
        {best?.variant}: {why}. This machine has <span className="num">{bytes(memory)}</span> of memory, of which{' '}
        {tokens === undefined ? 'weights' : `weights and a cache of ${whole(tokens)} tokens`} should take half at most.
      </p>
    </>
  );
}

interface PrecisionProps {
  readonly reference: string;
  readonly entry: VariantEntry;
  /** Whether the model keeps keys and values. */
  readonly caches: boolean;
}

function Precision({ reference, entry, caches }: PrecisionProps) {
  const { variant, bytes: size, memory, cache, instead, fits, here, suggested } = entry;
  const coming = useModels((state) =>
    running(state).some((pull) => pull.reference === reference && pull.progress.variant === variant),
  );
  return (
    <tr data-variant={variant}>
      <th scope="row" className="num">
        {variant}
      </th>
      <td className="num figure">{bytes(size)}</td>
      <td className="num figure">{bytes(memory)}</td>
      {caches && <td className="num figure">{bytes(cache)}</td>}
      <td>
        {suggested ? (
          <b className="good">suggested</b>
        ) : fits ? (
          <span>fits</span>
        ) : (
          <span className="warn">too large</span>
        )}
        {instead.length > 0 && (
          <small title={instead.join('\n')}>
            {instead.length} {instead.length === 1 ? 'part' : 'parts'} in another precision
          </small>
        )}
      </td>
      <td className="models-act">
        {here ? (
          <span className="dim">is here</span>
        ) : (
          <button
            type="button"
            className={`button ${suggested ? 'primary' : 'outlined'}`}
            aria-label={`Download ${variant}`}
            disabled={coming}
            onClick={() => void startPull(reference, variant)}
          >
            {coming ? 'Coming…' : 'Download'}
          </button>
        )}
      </td>
    </tr>
  );
}
