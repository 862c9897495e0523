import { type DragEvent, useEffect, useRef, useState } from 'react';
import { create } from 'zustand';
import type { PictureEntry } from '../../electron/backend/contract.ts';
import { backend, messageOf, useConnection } from '../backend/client.ts';
import { addPicture } from '../documents/actions.ts';
import { edit, useDocument } from '../store/document.ts';
import { setModel, setParam } from '../store/edits.ts';
import { report } from '../store/ui.ts';
import type { Field } from './fields.ts';
import { ModelControl, Options } from './model-control.tsx';

export interface ControlProps {
  readonly id: string;
  readonly field: Field;
  readonly value: unknown;
  readonly inputId?: string;
  readonly invalid?: boolean;
}

/** The control of one parameter. It writes whatever was entered: what is wrong with it is said under the field. */
export function Control(props: ControlProps) {
  const { id, field, value, inputId, invalid } = props;
  const step = `${id}.${field.name}`;
  const set = (next: unknown) => edit((document) => setParam(document, id, field.name, next), step);
  switch (field.control) {
    case 'switch':
      return (
        <input
          id={inputId}
          type="checkbox"
          role="switch"
          className="switch"
          checked={value === true}
          aria-checked={value === true}
          onChange={(event) => set(event.target.checked)}
        />
      );
    case 'select':
      return (
        <select
          id={inputId}
          className="field"
          value={String(value)}
          aria-invalid={invalid}
          onChange={({ target }) =>
            set(field.choices.find(({ value: each }) => each === target.value)?.means ?? target.value)
          }
        >
          <Options choices={withCurrent(field.choices, String(value))} />
        </select>
      );
    case 'model':
      return <ModelControl {...props} set={(model) => edit((document) => setModel(document, id, model), step)} />;
    case 'number':
      return <NumberControl {...props} set={set} />;
    case 'text':
      return (
        <TextParam id={id} field={field} value={String(value ?? '')} inputId={inputId} invalid={invalid} rows={5} />
      );
    case 'image':
      return <PictureControl {...props} set={set} />;
    case 'json':
      return <JsonControl {...props} set={set} />;
    default:
      return (
        <input
          id={inputId}
          className="field"
          value={String(value ?? '')}
          placeholder={field.control === 'file' ? 'Path of a file' : undefined}
          aria-invalid={invalid}
          onChange={(event) => set(event.target.value)}
        />
      );
  }
}

export type SetProps = ControlProps & { readonly set: (value: unknown) => void };

function withCurrent(choices: Field['choices'], current: string): Field['choices'] {
  return choices.some(({ value }) => value === current) ? choices : [...choices, { value: current, label: current }];
}

interface Form {
  /** `undefined` for what is half-typed: the document keeps the last value that reads. */
  read(text: string): unknown;
  write(value: unknown): string;
}

/**
 * What a field shows while it is typed in (`-`, `0.`, `[1,`): the draft, kept to itself until `read` makes a value of
 * it, and dropped once the document holds another value than the draft's (an undo).
 */
function useDraft(value: unknown, { read, write }: Form, set: (value: unknown) => void) {
  const [draft, setDraft] = useState<{ readonly text: string; readonly means: string }>();
  const shown = write(value);
  const forget = () => setDraft(undefined);
  const onChange = ({ target }: { readonly target: { readonly value: string } }) => {
    const next = read(target.value);
    setDraft({ text: target.value, means: next === undefined ? shown : write(next) });
    if (next !== undefined) set(next);
  };
  return { forget, entry: { value: draft?.means === shown ? draft.text : shown, onChange, onBlur: forget } };
}

const asNumber: Form = {
  read: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  write: (value) => String(value ?? ''),
};

const asJson: Form = {
  read(text) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  },
  write: (value) => JSON.stringify(value) ?? '',
};

function NumberControl({ field, value, inputId, invalid, set }: SetProps) {
  const { forget, entry } = useDraft(value, asNumber, set);
  const small = field.min !== undefined && field.max !== undefined && field.max - field.min <= 1000;
  const step =
    field.step ??
    (field.integer ? 1 : small ? Number(((Number(field.max) - Number(field.min)) / 100).toPrecision(1)) : 'any');
  return (
    <div className="number">
      {small && (
        <input
          type="range"
          min={field.min}
          max={field.max}
          step={step}
          value={Number(value)}
          aria-label={`${field.title} (slider)`}
          onChange={(event) => {
            forget();
            set(Number(event.target.value));
          }}
        />
      )}
      <span className="number-entry">
        <input {...entry} id={inputId} className="field num" inputMode="decimal" aria-invalid={invalid} />
        {field.unit && <span className="unit">{field.unit}</span>}
      </span>
    </div>
  );
}

function JsonControl({ value, inputId, invalid, set }: SetProps) {
  const { entry } = useDraft(value, asJson, set);
  return <textarea {...entry} id={inputId} className="field num" rows={3} aria-invalid={invalid} />;
}

interface TextProps extends ControlProps {
  readonly value: string;
  readonly rows: number;
  readonly className?: string;
}

export function TextParam({ id, field, value, inputId, invalid, rows, className = '' }: TextProps) {
  return (
    <textarea
      id={inputId}
      className={`field ${className}`}
      rows={rows}
      value={value}
      aria-label={field.title}
      placeholder={field.title}
      aria-invalid={invalid}
      onChange={(event) =>
        edit((document) => setParam(document, id, field.name, event.target.value), `${id}.${field.name}`)
      }
      onKeyDown={(event) => event.key !== 'Escape' && !(event.ctrlKey || event.metaKey) && event.stopPropagation()}
    />
  );
}

const usePictures = create<{ readonly entries: readonly PictureEntry[] }>(() => ({ entries: [] }));

export function PictureControl({ field, value, inputId, invalid, set }: SetProps) {
  const pictures = usePictures((state) => state.entries);
  const chooser = useRef<HTMLInputElement>(null);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (!connected) return;
    backend()
      .pictures.list()
      .then((entries) => usePictures.setState({ entries }), report);
  }, [connected]);
  const add = async (file: File | undefined) => {
    const source = file && (await addPicture(file));
    if (source) set(source);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    void add(event.dataTransfer.files[0]);
  };
  return (
    <fieldset
      className="pictures"
      aria-label={field.title}
      onDrop={onDrop}
      onDragOver={(event) => event.preventDefault()}
    >
      <div className="picture-grid">
        {pictures.map((picture) => (
          <PictureChoice
            key={picture.source}
            picture={picture}
            chosen={picture.source === value}
            choose={() => set(picture.source)}
          />
        ))}
        <button type="button" className="picture-add" onClick={() => chooser.current?.click()}>
          Add or drop a picture
        </button>
      </div>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        data-testid="picture-file"
        onChange={(event) => void add(event.target.files?.[0])}
      />
      <input
        id={inputId}
        className="field num"
        value={String(value ?? '')}
        aria-label={inputId === undefined ? field.title : undefined}
        aria-invalid={invalid}
        onChange={(event) => set(event.target.value)}
      />
    </fieldset>
  );
}

function PictureChoice({ picture, chosen, choose }: { picture: PictureEntry; chosen: boolean; choose: () => void }) {
  const { url } = useThumbnail(picture.source, 160);
  return (
    <button
      type="button"
      className="picture"
      aria-pressed={chosen}
      aria-label={picture.title}
      title={`${picture.title} (${picture.licence})`}
      onClick={choose}
    >
      {url && <img src={url} alt="" />}
    </button>
  );
}

interface Thumbnail {
  readonly url?: string;
  readonly error?: string;
}

const thumbnails = new Map<string, Promise<Thumbnail>>();

/** A small picture of a source, asked for once a size; what is wrong with it in words where there is none. */
export function useThumbnail(source: string, size: number): Thumbnail {
  const [thumbnail, setThumbnail] = useState<Thumbnail>({});
  const path = useDocument((state) => state.path);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (!connected || !source) return;
    let wanted = true;
    const key = `${size} ${path ?? ''} ${source}`;
    const asked = thumbnails.get(key) ?? askThumbnail(source, size, path);
    thumbnails.set(key, asked);
    void asked.then((found) => {
      if (found.error) thumbnails.delete(key);
      if (wanted) setThumbnail(found);
    });
    return () => {
      wanted = false;
    };
  }, [source, size, path, connected]);
  return thumbnail;
}

async function askThumbnail(source: string, size: number, path: string | undefined): Promise<Thumbnail> {
  try {
    return await backend().pictures.thumbnail({ source, size, path });
  } catch (error) {
    return { error: messageOf(error) };
  }
}
