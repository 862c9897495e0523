import { type ChangeEvent, useId } from 'react';
import { edit, useShown } from '../store/document.ts';
import { itemOf, NOTE_SIZE, setItem } from '../store/items.ts';
import { TINTS, tint } from '../ui/tints.ts';

/** What can be set on a note or a group. */
export function ItemInspector({ id: key }: { id: string }) {
  const item = itemOf(key);
  const note = useShown((graph) => (item?.type === 'note' ? graph.notes?.[item.id] : undefined));
  const group = useShown((graph) => (item?.type === 'group' ? graph.groups?.[item.id] : undefined));
  const drawn = note ?? group;
  if (!drawn) return null;
  const set = (change: Readonly<Record<string, unknown>>, step: string) =>
    edit((graph) => setItem(graph, key, change), `${key} ${step}`);
  const [width, height] = drawn.size ?? NOTE_SIZE;
  return (
    <>
      <section className="inspector-head">
        <div className="inspector-kind">
          <span>{note ? 'Note' : 'Group'}</span>
        </div>
        {group && (
          <input
            className="title-field"
            value={group.title}
            placeholder="Group"
            aria-label="Name of this group"
            onChange={({ target }) => set({ title: target.value }, 'title')}
          />
        )}
        {note && (
          <textarea
            className="field title-field-long"
            rows={8}
            value={note.text}
            placeholder="Write here; # heading, - list, **strong**"
            aria-label="Text of this note"
            onChange={({ target }) => set({ text: target.value }, 'text')}
          />
        )}
      </section>
      <section>
        <h3>Colour</h3>
        <div className="tints">
          {TINTS.map((name) => (
            <button
              key={name}
              type="button"
              className="tint"
              style={{ '--tint': tint(name) }}
              aria-label={name}
              title={name}
              aria-pressed={name === (drawn.colour ?? (note ? 'yellow' : 'grey'))}
              onClick={() => set({ colour: name }, `colour ${name}`)}
            />
          ))}
        </div>
      </section>
      <section>
        <h3>Size</h3>
        <div className="item-size">
          <Side name="Width" value={width} set={(value) => set({ size: [value, height] }, 'size')} />
          <Side name="Height" value={height} set={(value) => set({ size: [width, value] }, 'size')} />
        </div>
        {group && <p className="dim">What stands in a group moves with it. It is held by its title.</p>}
      </section>
    </>
  );
}

function Side({ name, value, set }: { name: string; value: number; set: (value: number) => void }) {
  const id = useId();
  const change = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const next = Math.round(target.valueAsNumber);
    if (next >= 40) set(next);
  };
  return (
    <div className="param">
      <label htmlFor={id}>{name}</label>
      <input id={id} type="number" className="field num" min={40} step={10} value={value} onChange={change} />
    </div>
  );
}
