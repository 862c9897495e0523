import { useEffect } from 'react';
import { useConnection } from '../backend/client.ts';
import { listEndpoints, useEndpoints } from '../endpoints/store.ts';
import { referencesTo, SPOKEN_BY } from '../endpoints/words.ts';
import { listModels, openModels, pickModelFolder } from '../models/actions.ts';
import { hubName, shortName, useModels } from '../models/store.ts';
import { useShown } from '../store/document.ts';
import { listTrained, useTrained } from '../store/trained.ts';
import { showDialog } from '../store/ui.ts';
import type { ControlProps } from './controls.tsx';

/** Where models come from, by the start of their reference; in this order they are offered. */
const GROUPS = [
  ['tiny:', 'Ships with the app, answers'],
  ['trained:', 'Trained here'],
  ['paper:', 'Published size, random weights'],
  ['hf:', 'Downloaded from the Hub'],
  ['file:', 'In a folder'],
  ['endpoint:', 'At a server of yours'],
] as const;

/** Kinds of nodes that hold parts of models which others exported. */
const HOLD_EXPORTS: ReadonlySet<string> = new Set(['vision-encoder', 'projector', 'llm', 'similarity']);

type ModelProps = ControlProps & { readonly set: (reference: string) => void };

/** References that can be chosen, by where they come from; one that is none of them stays as it is. */
export function ModelControl({ id, field, value, inputId, invalid, set }: ModelProps) {
  const trained = useTrained((state) => state.entries);
  const kind = useShown((graph) => graph.nodes[id]?.kind ?? '');
  const spoken = SPOKEN_BY[kind];
  const servers = useEndpoints((state) => state.entries).filter(({ protocol }) => protocol === spoken);
  const holdsExports = HOLD_EXPORTS.has(kind);
  const here = useModels((state) => state.entries);
  const downloaded = (holdsExports ? (here ?? []) : []).filter(({ variants }) => variants.length > 0);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    // Asked each time a node is looked at: another may have been trained.
    if (!connected) return;
    void listTrained();
    void listEndpoints();
    if (holdsExports) void listModels();
  }, [connected, holdsExports]);
  const current = String(value);
  const choices = [
    ...field.choices,
    ...trained
      .filter(({ kinds }) => kinds.includes(kind))
      .map(({ reference, title }) => ({ value: reference, label: title })),
    ...downloaded.map(({ reference }) => ({ value: reference, label: shortName(hubName(reference)) })),
    ...servers.flatMap(referencesTo),
  ];
  if (!choices.some((choice) => choice.value === current)) choices.push({ value: current, label: shortName(current) });
  const groups = GROUPS.map(([start, label]) => ({
    label,
    choices: choices.filter((choice) => choice.value.startsWith(start)),
  }));
  const others = choices.filter((choice) => !GROUPS.some(([start]) => choice.value.startsWith(start)));
  return (
    <>
      <select
        id={inputId}
        className="field"
        value={current}
        aria-invalid={invalid}
        onChange={(event) => set(event.target.value)}
      >
        <Options choices={others} />
        {groups
          .filter((group) => group.choices.length > 0)
          .map((group) => (
            <optgroup key={group.label} label={group.label}>
              <Options choices={group.choices} />
            </optgroup>
          ))}
      </select>
      {holdsExports && (
        <button type="button" className="model-servers" onClick={openModels}>
          Download models…
        </button>
      )}
      {holdsExports && (
        <button type="button" className="model-servers" onClick={() => pickModelFolder(set)}>
          Choose a folder…
        </button>
      )}
      {spoken && (
        <button type="button" className="model-servers" onClick={() => showDialog({ type: 'endpoints' })}>
          {servers.length === 0 ? 'Use a model server…' : 'Model servers…'}
        </button>
      )}
    </>
  );
}

export function Options({
  choices,
}: {
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}) {
  return choices.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));
}
