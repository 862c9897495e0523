import { useEffect, useState } from 'react';
import type { EndpointEntry, TestReport } from '../../electron/backend/endpoints/schema.ts';
import { useConnection } from '../backend/client.ts';
import { whole } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { Modal } from '../ui/modal.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { EndpointForm } from './endpoint-form.tsx';
import { listEndpoints, removeEndpoint, type Tested, testEndpoint, useEndpoints } from './store.ts';
import { KEYS, PROTOCOLS } from './words.ts';
import './endpoints.css';

/** Servers that graphs name as `endpoint:<name>`: written down, tested, changed and forgotten. */
export function EndpointsDialog() {
  const entries = useEndpoints((state) => state.entries);
  const connected = useConnection((state) => state.status === 'connected');
  const [form, setForm] = useState<EndpointEntry | 'new'>();
  useEffect(() => {
    if (connected) void listEndpoints();
  }, [connected]);
  if (form !== undefined)
    return (
      <Modal title={form === 'new' ? 'A new model server' : `Model server ${form.name}`}>
        <EndpointForm entry={form === 'new' ? undefined : form} done={() => setForm(undefined)} />
      </Modal>
    );
  return (
    <Modal title="Model servers">
      <p className="dim endpoints-lead">
        A graph names a server as <code>endpoint:name</code>; its address and key stay on this machine. Nothing is sent
        to it before you press Test, or run a graph that names it.
      </p>
      {entries.length === 0 ? (
        <p className="endpoints-none">
          None yet. vLLM, SGLang, llama.cpp and Ollama can answer for an LLM or a verifier; Triton can run a vision
          encoder or an ONNX model.
        </p>
      ) : (
        <ul className="draft-list" aria-label="Model servers">
          {entries.map((entry) => (
            <Card key={entry.name} entry={entry} edit={() => setForm(entry)} />
          ))}
        </ul>
      )}
      <div className="modal-actions end">
        <button type="button" className="button primary" onClick={() => setForm('new')}>
          <Icon name="plus" size={12} /> Add a server
        </button>
      </div>
    </Modal>
  );
}

function Card({ entry, edit }: { entry: EndpointEntry; edit: () => void }) {
  const { name, url, protocol, model, key, from } = entry;
  const tested = useEndpoints((state) => state.tested[name]);
  const [removing, setRemoving] = useState(false);
  return (
    <li className="draft" aria-label={name}>
      <h3 className="num">endpoint:{name}</h3>
      <p className="endpoints-url num">{url}</p>
      <p className="dim endpoints-facts">
        {PROTOCOLS[protocol]} · {model ? `asks ${model}` : 'no model named'} · {KEYS[key]}
      </p>
      <Result tested={tested} />
      <div className="modal-actions">
        <button
          type="button"
          className="button outlined"
          disabled={tested === 'under way'}
          onClick={() => void testEndpoint(name)}
        >
          {tested === 'under way' ? 'Testing…' : 'Test'}
        </button>
        {from === 'settings' && (
          <>
            <button type="button" className="button outlined" onClick={edit}>
              Edit
            </button>
            <button type="button" className="button outlined" onClick={() => setRemoving(!removing)}>
              {removing ? 'Keep' : 'Remove'}
            </button>
            {removing && (
              <button type="button" className="button danger" onClick={() => void removeEndpoint(name)}>
                Forget it and its key
              </button>
            )}
          </>
        )}
        {from === 'environment' && <span className="dim endpoints-fixed">Set by the environment</span>}
      </div>
    </li>
  );
}

function Result({ tested }: { tested: Tested | undefined }) {
  return (
    <div className="endpoints-result" aria-live="polite">
      {tested === 'under way' || tested === undefined ? null : 'message' in tested ? (
        <Trouble message={tested.message} hint={tested.hint} />
      ) : (
        <Answers report={tested} />
      )}
    </div>
  );
}

function Answers({ report: { ms, server, models } }: { report: TestReport }) {
  return (
    <>
      <p className="endpoints-answers">
        <Icon name="check" size={14} /> Answers in {whole(Math.max(1, Math.round(ms)))} ms{server && ` · ${server}`} ·{' '}
        {models.length === 0 ? 'lists no model' : models.length === 1 ? 'one model' : `${models.length} models`}
      </p>
      {models.length > 0 && (
        <ul className="endpoints-models num" aria-label="Its models">
          {models.map((each) => (
            <li key={each.name}>{each.name}</li>
          ))}
        </ul>
      )}
    </>
  );
}
