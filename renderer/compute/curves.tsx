import * as Plot from '@observablehq/plot';
import type { Reasoning, ReasoningPoint } from '../../graphs/reasoning.ts';
import { Figure } from '../ui/figure.tsx';
import { significant } from '../ui/format.ts';
import { labelOf } from './names.ts';
import { toggleLine, useCompute } from './store.ts';

/** Drawn apart: what one candidate and the best of k come to, whatever chooses. */
const REFERENCES: readonly string[] = ['pass@1', 'pass@k'];

const COLOURS = ['generator', 'image', 'features', 'embeddings', 'verifier', 'answer', 'score', 'codes'].map(
  (port) => `var(--port-${port})`,
);
/** Told apart by these where colours come again. */
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

/** The same in the key, 26 × 12 px. */
const SHAPES: Readonly<Record<Look['symbol'], string>> = {
  circle: 'M9.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0',
  square: 'M9.5 2.5h7v7h-7z',
  triangle: 'M13 1.5l4.5 8h-9z',
  diamond: 'M13 1.5L17 6L13 10.5L9 6z',
};

interface Look {
  readonly colour: string;
  readonly symbol: (typeof SYMBOLS)[number];
  readonly dash?: string;
}

function lookOf(lines: readonly string[], line: string): Look {
  if (REFERENCES.includes(line)) return { colour: 'var(--text-2)', symbol: 'circle', dash: '4 3' };
  const place = lines.filter((each) => !REFERENCES.includes(each)).indexOf(line);
  const round = Math.floor(place / COLOURS.length);
  return {
    colour: COLOURS[place % COLOURS.length] as string,
    symbol: SYMBOLS[round % SYMBOLS.length] as Look['symbol'],
    ...(round > 0 && { dash: '7 3' }),
  };
}

/** Accuracy against tokens. A module of its own, loaded when a measurement is looked at. */
export default function Curves({ result: { points } }: { result: Reasoning }) {
  const hidden = useCompute((state) => state.hidden);
  const lines = [...new Set(points.map(labelOf))];
  const shown = lines.filter((line) => !hidden.has(line));
  return (
    <div className="compare-plots compute-plots">
      <Figure
        title="Accuracy against generated tokens"
        note="a problem, logarithmic; bars: 95 % intervals"
        options={optionsOf(points, lines, shown)}
      />
      <fieldset className="compute-legend">
        <legend>Lines</legend>
        {lines.map((line) => (
          <button key={line} type="button" aria-pressed={!hidden.has(line)} onClick={() => toggleLine(line)}>
            <Mark look={lookOf(lines, line)} /> {line}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Mark({ look: { colour, dash, symbol } }: { look: Look }) {
  return (
    <svg width="26" height="12" aria-hidden="true">
      <path d="M1 6H25" style={{ stroke: colour }} strokeWidth="2" strokeDasharray={dash} />
      <path d={SHAPES[symbol]} style={{ fill: colour }} />
    </svg>
  );
}

/** Pixels between the intervals of lines that have the same tokens. */
const APART = 1;

/** Where the logarithmic axis is marked. */
const TICKS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((ten) => [ten, 2 * ten, 5 * ten]);

function optionsOf(
  points: readonly ReasoningPoint[],
  lines: readonly string[],
  shown: readonly string[],
): Plot.PlotOptions {
  const drawn = points.map((point) => ({
    ...point,
    line: labelOf(point),
    accuracy: 100 * point.accuracy,
    low: 100 * point.low,
    high: 100 * point.high,
  }));
  const highest = Math.max(...drawn.map(({ high }) => high));
  const lowest = Math.min(...drawn.map(({ low }) => low));
  const [least, most] = [
    Math.min(...drawn.map(({ tokens }) => tokens)),
    Math.max(...drawn.map(({ tokens }) => tokens)),
  ];
  return {
    width: 860,
    height: 460,
    marginLeft: 48,
    marginRight: 20,
    marginBottom: 40,
    x: {
      type: 'log',
      label: 'generated tokens a problem →',
      grid: true,
      ticks: TICKS.filter((tick) => tick >= least && tick <= most),
      tickFormat: (value: number) => value.toLocaleString('en-US'),
    },
    y: {
      label: '↑ accuracy, %',
      grid: true,
      domain: [Math.max(0, 10 * Math.floor(lowest / 10)), Math.min(100, 10 * Math.ceil(highest / 10))],
    },
    marks: shown.flatMap((line, place) => {
      const own = drawn.filter((point) => point.line === line).sort((a, b) => a.tokens - b.tokens);
      const { colour, symbol, dash } = lookOf(lines, line);
      const dx = APART * (place - (shown.length - 1) / 2);
      return [
        ...(line === 'pass@1' ? [Plot.ruleY(own, { y: 'accuracy', stroke: colour, strokeDasharray: '2 4' })] : []),
        ...(REFERENCES.includes(line)
          ? []
          : [Plot.ruleX(own, { x: 'tokens', y1: 'low', y2: 'high', dx, stroke: colour, strokeOpacity: 0.45 })]),
        Plot.line(own, { x: 'tokens', y: 'accuracy', stroke: colour, strokeWidth: 1.8, strokeDasharray: dash }),
        Plot.dot(own, { x: 'tokens', y: 'accuracy', r: 4, symbol, fill: colour, stroke: 'var(--card)', title: words }),
      ];
    }),
  };
}

function words({
  line,
  budget,
  tokens,
  accuracy,
  low,
  high,
}: Pick<ReasoningPoint, 'budget' | 'tokens' | 'accuracy' | 'low' | 'high'> & { readonly line: string }): string {
  const share = `${accuracy.toFixed(1)} % (${low.toFixed(1)}–${high.toFixed(1)})`;
  return `${line}\nbudget ${budget}: ${share}, ${significant(tokens)} tokens`;
}
