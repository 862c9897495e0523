import { useEffect, useMemo } from 'react';
import type { GraphDocument } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { flatDocument } from '../../graphs/subgraphs.ts';
import { useConnection } from '../backend/client.ts';
import { type Field, fieldsOf } from '../inspector/fields.ts';
import { useDocument } from '../store/document.ts';
import { listTrained, useTrained } from '../store/trained.ts';
import { Icon } from '../ui/icons.tsx';
import { type ChosenGraph, type ChosenSweep, choose, useCompare } from './store.ts';

/** A parameter of a graph that can be swept. */
interface Sweepable {
  readonly node: string;
  readonly kind: string;
  readonly field: Field;
}

let nextSweep = 1;

/** Values that parameters take in turn, in each of the graphs that are chosen. */
export function SweepChoice() {
  const { sweeps, combine, graphs } = useCompare((state) => state.choices);
  const [first] = graphs;
  const parameters = useParameters(first);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void listTrained();
  }, [connected]);
  return (
    <section aria-labelledby="compare-sweep">
      <h3 id="compare-sweep">Sweep parameters</h3>
      {sweeps.map((sweep) => (
        <SweepRow key={sweep.id} sweep={sweep} parameters={parameters} />
      ))}
      {sweeps.length === 0 && (
        <p className="dim compare-hint">One graph with several values of a parameter, each a row of the comparison.</p>
      )}
      {sweeps.length > 1 && (
        <fieldset className="compare-combine">
          <legend className="visually-hidden">How values come together</legend>
          {(
            [
              ['grid', 'Each value with each'],
              ['list', 'First with first, second with second'],
            ] as const
          ).map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name="compare-combine"
                checked={combine === value}
                onChange={() => choose({ combine: value })}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
      <button
        type="button"
        className="button outlined"
        disabled={parameters.length === 0}
        onClick={() => choose({ sweeps: [...sweeps, { id: nextSweep++, place: '', values: [] }] })}
      >
        <Icon name="plus" size={14} /> Add a parameter
      </button>
    </section>
  );
}

function useParameters(graph: ChosenGraph | undefined): readonly Sweepable[] {
  const document = useDocument((state) => state.document);
  return useMemo(() => {
    if (!graph) return [];
    // The graph on the canvas is what it is now; another has a text of its own.
    const { nodes } = flat(() => (graph.key === 'open' ? document : parse(graph.text ?? '')));
    return Object.entries(nodes).flatMap(([node, { kind }]) =>
      fieldsOf(kind).map((field): Sweepable => ({ node, kind, field })),
    );
  }, [graph, document]);
}

/** One that cannot be read is said where the comparison is planned. */
function flat(read: () => GraphDocument): Pick<GraphDocument, 'nodes'> {
  try {
    return flatDocument(read());
  } catch {
    return { nodes: {} };
  }
}

function SweepRow({ sweep, parameters }: { sweep: ChosenSweep; parameters: readonly Sweepable[] }) {
  const { sweeps } = useCompare((state) => state.choices);
  const change = (changes: Partial<ChosenSweep>) =>
    choose({ sweeps: sweeps.map((one) => (one.id === sweep.id ? { ...one, ...changes } : one)) });
  const nodes = [...new Set(parameters.map(({ node }) => node))];
  const chosen = parameters.find(({ node, field }) => `${node}.${field.name}` === sweep.place);
  return (
    <div className="compare-sweep">
      <select
        className="field"
        aria-label="Parameter to sweep"
        value={sweep.place}
        onChange={({ target }) => change({ place: target.value, values: [] })}
      >
        <option value="">Choose a parameter…</option>
        {nodes.map((node) => (
          <optgroup key={node} label={node}>
            {parameters
              .filter((one) => one.node === node)
              .map(({ field }) => (
                <option key={field.name} value={`${node}.${field.name}`}>
                  {field.title}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
      <button
        type="button"
        className="button icon"
        aria-label="Leave this parameter out"
        onClick={() => choose({ sweeps: sweeps.filter(({ id }) => id !== sweep.id) })}
      >
        <Icon name="close" size={12} />
      </button>
      {chosen && <Values sweepable={chosen} values={sweep.values} set={(values) => change({ values })} />}
    </div>
  );
}

interface ValuesProps {
  readonly sweepable: Sweepable;
  readonly values: readonly string[];
  readonly set: (values: readonly string[]) => void;
}

/** Ticked where the parameter has choices, else typed. */
function Values({ sweepable: { kind, field }, values, set }: ValuesProps) {
  const trained = useTrained((state) => state.entries);
  const choices = [
    // By their values, which name the rows; one that is empty by what it means.
    ...field.choices.map(({ value, label }) => [value, value || label] as const),
    ...(field.control === 'model' ? trained.filter(({ kinds }) => kinds.includes(kind)) : []).map(
      ({ reference }) => [reference, reference] as const,
    ),
    ...(field.control === 'switch' ? (['false', 'true'] as const) : []).map((value) => [value, value] as const),
  ];
  if (choices.length === 0) return <TypedValues field={field} values={values} set={set} />;
  return (
    <fieldset className="compare-values">
      <legend className="visually-hidden">Values of {field.title}</legend>
      {choices.map(([value, label]) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={values.includes(value)}
            onChange={() => set(values.includes(value) ? values.filter((one) => one !== value) : [...values, value])}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function TypedValues({ field, values, set }: Pick<ValuesProps, 'values' | 'set'> & { field: Field }) {
  const lines = field.control === 'text' || field.control === 'string';
  const separator = lines ? '\n' : ',';
  const props = {
    className: 'field',
    'aria-label': `Values of ${field.title}`,
    placeholder: lines ? 'One value a line' : 'Values, with commas between them: 16, 32, 64',
    defaultValue: values.join(lines ? '\n' : ', '),
    onChange: ({ target }: { target: { value: string } }) =>
      set(
        target.value
          .split(separator)
          .map((value) => value.trim())
          .filter((value) => value !== ''),
      ),
  };
  return lines ? <textarea {...props} rows={3} /> : <input {...props} />;
}
