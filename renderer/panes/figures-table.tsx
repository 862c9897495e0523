import { significant } from '../ui/format.ts';
import { FIGURES, type Measured } from './figures.ts';

/** The figures of both graphs, one below the other, with how many times as much the second has. */
export function FiguresTable({ a, b }: { a: Measured; b?: Measured }) {
  const figures = FIGURES.map(({ of, ...figure }) => ({ ...figure, a: of(a), b: b && of(b) }));
  return (
    <table className="pane-figures">
      <caption className="visually-hidden">Figures of both graphs</caption>
      <thead>
        <tr>
          <td />
          {figures.map(({ name, doc }) => (
            <th key={name} scope="col" title={doc}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {(['a', 'b'] as const).map((side) => (
          <tr key={side} data-side={side}>
            <th scope="row">{side.toUpperCase()}</th>
            {figures.map(({ name, shown, [side]: value }) => (
              <td key={name} className="num" data-figure={name}>
                {value === undefined ? '–' : shown(value)}
              </td>
            ))}
          </tr>
        ))}
        <tr>
          <th scope="row">B ∕ A</th>
          {figures.map(({ name, a: first, b: second }) => (
            <td key={name} className="num dim">
              {first && second ? `${significant(second / first)}×` : ''}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}
