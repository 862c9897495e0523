import { type ReactNode, useId } from 'react';

interface RowProps {
  readonly title: string;
  readonly note: string;
  readonly value: string;
  /** Said in place of the note. */
  readonly problem?: string;
  readonly set: (value: string) => void;
}

export function TextRow({ value, set, numeric, ...row }: RowProps & { readonly numeric?: boolean }) {
  return (
    <Row {...row}>
      {(id) => (
        <input
          id={id}
          className={`field ${numeric ? 'num' : ''}`}
          inputMode={numeric ? 'numeric' : 'text'}
          value={value}
          aria-invalid={row.problem !== undefined}
          onChange={({ target }) => set(target.value)}
        />
      )}
    </Row>
  );
}

/** One of `choices`, each a value with its label. */
export function SelectRow({
  value,
  set,
  choices,
  ...row
}: RowProps & { readonly choices: readonly (readonly [value: string, label: string])[] }) {
  return (
    <Row {...row}>
      {(id) => (
        <select id={id} className="field" value={value} onChange={({ target }) => set(target.value)}>
          {choices.map(([choice, label]) => (
            <option key={choice} value={choice}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Row>
  );
}

/** What is asked with `children`, an input of the id given. */
export function Row({
  title,
  note,
  problem,
  children,
}: Pick<RowProps, 'title' | 'note' | 'problem'> & { readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="param">
      <label htmlFor={id}>{title}</label>
      {children(id)}
      <p className={problem ? 'param-problem' : 'param-doc'}>{problem ?? note}</p>
    </div>
  );
}
