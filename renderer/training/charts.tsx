import * as Plot from '@observablehq/plot';
import { useEffect, useRef } from 'react';
import { evaluationEvery } from '../../nodes/training/schedule.ts';
import { whole } from '../ui/format.ts';
import { drawn } from '../ui/plot.ts';
import type { Training } from './store.ts';

const SIZE = { width: 330, height: 170, marginLeft: 44, marginRight: 24, marginTop: 10, marginBottom: 28 } as const;

/** Loss and held-out accuracy over the steps. A module of its own, loaded when a training is looked at. */
export default function Charts({ training }: { training: Training }) {
  const { recipe, steps, evaluations } = training;
  const every = evaluationEvery(recipe.schedule.steps);
  const last = Math.max(10, steps.at(-1)?.step ?? 0, evaluations.at(-1)?.step ?? 0);
  const x = { domain: [0, last], label: null, ticks: 4 } as const;
  const answered = evaluations.flatMap(({ step, accuracy, blind }) =>
    accuracy ? [{ step, right: share(accuracy), ...(blind && { blind: share(blind) }) }] : [],
  );
  const blind = answered.at(-1)?.blind;
  return (
    <div className="curves">
      <Figure
        title="Loss"
        notes={[
          ['training', 'var(--text-3)'],
          ['held out', 'var(--accent)'],
        ]}
        options={{
          ...SIZE,
          x,
          y: { label: null, zero: true, grid: true, ticks: 4 },
          marks: [
            Plot.lineY(steps, { x: 'step', y: 'loss', stroke: 'var(--text-3)', strokeWidth: 1.2 }),
            Plot.lineY(evaluations, { x: 'step', y: 'loss', stroke: 'var(--accent)', strokeWidth: 1.6 }),
            Plot.dotY(evaluations, { x: 'step', y: 'loss', fill: 'var(--accent)', r: 3 }),
          ],
        }}
      />
      <Figure
        title="Held-out answers that are right"
        notes={blind === undefined ? [] : [['blind', 'var(--warn)']]}
        {...(answered.length === 0 && { first: `from step ${whole(every)}` })}
        options={{
          ...SIZE,
          x,
          y: { label: null, domain: [0, 100], grid: true, ticks: 4, tickFormat: (value: number) => `${value} %` },
          marks: [
            ...(blind === undefined ? [] : [Plot.ruleY([blind], { stroke: 'var(--warn)', strokeDasharray: '4 3' })]),
            Plot.lineY(answered, { x: 'step', y: 'right', stroke: 'var(--good)', strokeWidth: 1.6 }),
            Plot.dotY(answered, { x: 'step', y: 'right', fill: 'var(--good)', r: 3 }),
          ],
        }}
      />
    </div>
  );
}

const share = ({ n, right }: { readonly n: number; readonly right: number }) => (100 * right) / n;

interface FigureProps {
  readonly title: string;
  readonly notes: readonly (readonly [name: string, colour: string])[];
  /** What is said while there is nothing to draw. */
  readonly first?: string;
  readonly options: Plot.PlotOptions;
}

function Figure({ title, notes, first, options }: FigureProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.replaceChildren(drawn(title, options)));
  return (
    <figure>
      <figcaption>
        {title}
        {notes.map(([name, colour]) => (
          <span key={name} className="curve-note">
            <i style={{ background: colour }} /> {name}
          </span>
        ))}
        {first !== undefined && <span className="curve-note">{first}</span>}
      </figcaption>
      <div ref={box} />
    </figure>
  );
}
