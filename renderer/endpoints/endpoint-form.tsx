import { type FormEvent, useState } from 'react';
import type { EndpointEntry } from '../../electron/backend/endpoints/schema.ts';
import { type Protocol, PROTOCOLS as SPOKEN } from '../../nodes/endpoint/connection.ts';
import { ENDPOINT_NAME } from '../../nodes/endpoint/reference.ts';
import { messageOf } from '../backend/client.ts';
import { hintOf } from '../store/ui.ts';
import { Row, SelectRow, TextRow } from '../ui/rows.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { saveEndpoint, testEndpoint, useEndpoints } from './store.ts';
import { KEYS, PROTOCOLS, travelsOpenly } from './words.ts';

const ADDRESSES: Readonly<Record<Protocol, string>> = {
  openai: 'As http://127.0.0.1:8000/v1 (vLLM), :30000/v1 (SGLang), :8080/v1 (llama.cpp), :11434/v1 (Ollama)',
  kserve: 'As http://127.0.0.1:8000 (Triton over HTTP)',
};

/** What a person writes down of a server; a key goes in and is never shown again. */
export function EndpointForm({ entry, done }: { entry: EndpointEntry | undefined; done: () => void }) {
  const others = useEndpoints((state) => state.entries);
  const [name, setName] = useState(entry?.name ?? '');
  const [protocol, setProtocol] = useState<Protocol>(entry?.protocol ?? 'openai');
  const [url, setUrl] = useState(entry?.url ?? '');
  const [key, setKey] = useState('');
  const [dropKey, setDropKey] = useState(false);
  const [model, setModel] = useState(entry?.model ?? '');
  const [silence, setSilence] = useState(String(entry?.silence ?? 120));
  const [trouble, setTrouble] = useState<{ readonly message: string; readonly hint?: string }>();
  const [saving, setSaving] = useState(false);
  const hasKey = entry !== undefined && entry.key !== 'none';
  const nameProblem = entry ? undefined : problemOfName(name, others);
  const silenceProblem = /^([1-9]\d?|[12]\d\d|300)$/.test(silence)
    ? undefined
    : 'Expected whole seconds from 1 to 300.';
  const ready = name !== '' && url !== '' && !nameProblem && !silenceProblem && !saving;

  const save = async (test: boolean) => {
    setSaving(true);
    try {
      const given = dropKey ? '' : key.trim() || undefined;
      await saveEndpoint({ name, protocol, url, model: model.trim(), silence: Number(silence), key: given });
      if (test) void testEndpoint(name);
      done();
    } catch (error) {
      const hint = hintOf(error);
      setTrouble({ message: messageOf(error), ...(hint !== undefined && { hint }) });
      setSaving(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) void save(true);
  };
  return (
    <form onSubmit={submit} className="endpoints-form">
      {entry ? null : (
        <TextRow
          title="Name"
          value={name}
          set={setName}
          problem={name === '' ? undefined : nameProblem}
          note={`Graphs name it endpoint:${name || 'name'}`}
        />
      )}
      <SelectRow
        title="Speaks"
        value={protocol}
        set={(value) => setProtocol(SPOKEN.find((each) => each === value) ?? 'openai')}
        choices={SPOKEN.map((each) => [each, PROTOCOLS[each]] as const)}
        note={protocol === 'openai' ? 'For LLMs and verifiers' : 'For vision encoders and ONNX models'}
      />
      <TextRow title="Address" value={url} set={setUrl} note={ADDRESSES[protocol]} />
      <Row
        title="Key"
        note={hasKey ? `It has one (${KEYS[entry.key]}); leave this empty to keep it` : 'Where it wants one'}
      >
        {(id) => (
          <input
            id={id}
            className="field"
            type="password"
            autoComplete="off"
            value={key}
            disabled={dropKey}
            onChange={({ target }) => setKey(target.value)}
          />
        )}
      </Row>
      {hasKey && (
        <label className="endpoints-drop">
          <input type="checkbox" checked={dropKey} onChange={({ target }) => setDropKey(target.checked)} /> Take the key
          away
        </label>
      )}
      {(key !== '' || (hasKey && !dropKey)) && travelsOpenly(url) && (
        <Trouble
          tone="warn"
          message="The key would travel unencrypted to another machine."
          hint="Use an https:// address, or a tunnel to this machine."
        />
      )}
      <Row title="Model" note="The one to ask where a graph names none; empty: the only one it serves">
        {(id) => (
          <>
            <input
              id={id}
              className="field"
              value={model}
              list={`${id}-known`}
              onChange={({ target }) => setModel(target.value)}
            />
            <datalist id={`${id}-known`}>
              {entry?.known.map((each) => (
                <option key={each.name} value={each.name} />
              ))}
            </datalist>
          </>
        )}
      </Row>
      <TextRow
        title="Longest silence"
        value={silence}
        set={setSilence}
        problem={silenceProblem}
        note="Seconds without a word of the server before a request is given up"
        numeric
      />
      {trouble && <Trouble {...trouble} />}
      <div className="modal-actions end">
        <button type="button" className="button outlined" onClick={done}>
          Back
        </button>
        <button type="button" className="button outlined" disabled={!ready} onClick={() => void save(false)}>
          Save
        </button>
        <button type="submit" className="button primary" disabled={!ready}>
          Save and test
        </button>
      </div>
    </form>
  );
}

function problemOfName(name: string, others: readonly EndpointEntry[]): string | undefined {
  if (!ENDPOINT_NAME.test(name)) return 'Small letters, digits and hyphens, as "cluster" or "gpu-2".';
  return others.some((each) => each.name === name) ? 'There is one of this name already.' : undefined;
}
