import * as Plot from '@observablehq/plot';
import type { Comparison, ComparisonRow, Growth } from '../../graphs/comparison.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { Figure } from '../ui/figure.tsx';
import { duration, significant } from '../ui/format.ts';
import { labelPlaces, widthOf } from './labels.ts';
import { paretoFront } from './pareto.ts';

const SIZE = { width: 560, height: 260, marginLeft: 56, marginRight: 24, marginTop: 18, marginBottom: 36 } as const;

/** Colours of graphs, in the order of rows. */
const COLOURS = ['generator', 'image', 'features', 'embeddings', 'verifier', 'answer', 'score', 'codes'].map(
  (port) => `var(--port-${port})`,
);
const colourOf = (rows: readonly ComparisonRow[], graph: string) =>
  COLOURS[rows.findIndex((row) => row.graph === graph) % COLOURS.length];

/** What the figures look like. A module of its own, loaded when a comparison is looked at. */
export default function Plots({ result: { rows } }: { result: Comparison }) {
  return (
    <div className="compare-plots">
      <Legend rows={rows} />
      <Tradeoff
        rows={rows}
        title="Accuracy against visual tokens"
        label="visual tokens"
        read={(row) => row.visualTokens}
      />
      <Tradeoff
        rows={rows}
        title="Accuracy against time to first token"
        label="time to first token, ms"
        read={(row) => row.firstTokenMs}
      />
      <Split rows={rows} />
      {(['images', 'tiles'] as const).flatMap((of) =>
        GROWING.map((growing) => <Grows key={growing.title + of} rows={rows} of={of} {...growing} />),
      )}
    </div>
  );
}

interface TradeoffProps {
  readonly rows: readonly ComparisonRow[];
  readonly title: string;
  readonly label: string;
  read(row: ComparisonRow): number | undefined;
}

/** A dot for each graph with the interval of its accuracy, and a line through those that none beats in both. */
function Tradeoff({ rows, title, label, read }: TradeoffProps) {
  const points = rows.flatMap((row) => {
    const cost = read(row);
    if (cost === undefined || row.accuracy === undefined || !row.accuracyInterval) return [];
    const [low, high] = row.accuracyInterval;
    return { graph: row.graph, cost, worth: 100 * row.accuracy, low: 100 * low, high: 100 * high };
  });
  if (points.length < 2) return null;
  const front = paretoFront(points);
  const short = shortNames(rows);
  const most = Math.max(...points.map(({ cost }) => cost));
  const [, top] = Plot.scale({ x: { domain: [0, most], nice: true } }).domain ?? [0, most];
  const labels = labelled(
    points.map((point) => ({ ...point, text: shortened(short(point.graph), 34) })),
    top,
  );
  const stroke = ({ graph }: { graph: string }) => colourOf(rows, graph);
  return (
    <Figure
      title={title}
      note="dashed: Pareto front"
      options={{
        ...SIZE,
        color: { type: 'identity' },
        x: { label, domain: [0, top], ticks: 6 },
        y: { label: 'accuracy, %', domain: [0, 100], grid: true, ticks: 5 },
        marks: [
          Plot.line(front, {
            x: 'cost',
            y: 'worth',
            stroke: 'var(--text-3)',
            strokeDasharray: '4 3',
          }),
          Plot.ruleX(points, { x: 'cost', y1: 'low', y2: 'high', stroke, strokeOpacity: 0.55, strokeWidth: 1.5 }),
          Plot.text(labels, {
            x: 'cost',
            y: 'worth',
            text: 'text',
            fill: 'var(--text)',
            stroke: 'var(--card)',
            strokeWidth: 3,
          }),
          Plot.dot(points, {
            x: 'cost',
            y: 'worth',
            r: 5,
            fill: stroke,
            stroke: 'var(--card)',
            title: ({ graph, worth }) => `${graph}: ${worth.toFixed(1)} %`,
          }),
        ],
      }}
    />
  );
}

/** Where the axes of `SIZE` are, in pixels. */
const AXES = {
  left: SIZE.marginLeft,
  right: SIZE.width - SIZE.marginRight,
  top: SIZE.marginTop,
  bottom: SIZE.height - SIZE.marginBottom,
};

/** The names of points with their places on the axes, up to a cost of `top` and 100 %. */
function labelled<P extends { readonly cost: number; readonly worth: number; readonly text: string }>(
  points: readonly P[],
  top: number,
) {
  const { left, right, bottom } = AXES;
  const [across, up] = [(right - left) / top, (bottom - AXES.top) / 100];
  const dots = points.map(({ cost, worth, text }) => ({ x: left + cost * across, y: bottom - worth * up, text }));
  return labelPlaces(dots, AXES).map(({ x, y }, i) => ({
    cost: (x - left) / across,
    worth: (bottom - y) / up,
    text: dots[i]?.text ?? '',
  }));
}

/** For names of graphs. */
const SPLIT_LEFT = 150;

/** Where the time of a run goes: the nodes of each graph, one beside another, in the order in which they run. */
function Split({ rows }: { rows: readonly ComparisonRow[] }) {
  const parts = rows.flatMap(({ graph, nodes }) =>
    Object.entries(nodes).map(([node, { kind, ms }]) => ({
      graph,
      node,
      ms,
      colour: `var(--cat-${(definitionOf(kind)?.category ?? 'Other').toLowerCase()})`,
    })),
  );
  if (parts.length === 0) return null;
  const longest = Math.max(...rows.map(({ nodes }) => Object.values(nodes).reduce((sum, { ms }) => sum + ms, 0)));
  /** Whether a node's name fits into its bar. */
  const isNamed = ({ node, ms }: (typeof parts)[number]) =>
    widthOf(node) < (ms / longest) * (SIZE.width - SPLIT_LEFT - SIZE.marginRight);
  const short = shortNames(rows);
  return (
    <Figure
      title="Where the time of a run goes"
      note="median of each node, coloured by its kind"
      options={{
        ...SIZE,
        height: 56 + 34 * rows.length,
        marginLeft: SPLIT_LEFT,
        color: { type: 'identity' },
        x: { label: 'ms', grid: true, ticks: 5 },
        y: {
          label: null,
          domain: rows.map(({ graph }) => graph),
          tickFormat: (graph: string) => shortened(short(graph), 22),
        },
        marks: [
          Plot.barX(
            parts,
            Plot.stackX({
              x: 'ms',
              y: 'graph',
              fill: 'colour',
              stroke: 'var(--card)',
              inset: 0.5,
              order: null,
              title: ({ graph, node, ms }: (typeof parts)[number]) => `${graph}, ${node}: ${duration(ms)}`,
            }),
          ),
          Plot.text(
            parts,
            Plot.stackX({
              x: 'ms',
              y: 'graph',
              order: null,
              text: (part: (typeof parts)[number]) => (isNamed(part) ? part.node : ''),
              fill: 'var(--card)',
            }),
          ),
        ],
      }}
    />
  );
}

/** Rows of one graph with swept parameters are told apart by these alone. */
function shortNames(rows: readonly ComparisonRow[]): (graph: string) => string {
  const words = rows.map(({ graph }) => graph.split(' '));
  const [first = []] = words;
  const swept = rows.every(({ settings }) => settings !== undefined);
  const same = first.findIndex((word, i) => words.some((other) => other[i] !== word));
  return (graph) => (swept && same > 0 ? graph.split(' ').slice(same).join(' ') : graph);
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const GROWING: readonly Pick<GrowsProps, 'title' | 'read' | 'units' | 'base'>[] = [
  { title: 'Visual tokens', read: ({ visualTokens }) => visualTokens, units: ['', ' k', ' M'], base: 1000 },
  {
    title: 'FLOPs of encoding and prefill',
    read: ({ flops }) => flops,
    units: [' FLOP', ' kFLOP', ' MFLOP', ' GFLOP', ' TFLOP', ' PFLOP'],
    base: 1000,
  },
  {
    title: 'KV cache',
    read: ({ kvCacheBytes }) => kvCacheBytes,
    units: [' B', ' KB', ' MB', ' GB', ' TB'],
    base: 1024,
  },
];

interface GrowsProps {
  readonly rows: readonly ComparisonRow[];
  readonly of: Growth['of'];
  readonly title: string;
  read(growth: Growth): number;
  /** Of the axis, each `base` times the one before. */
  readonly units: readonly string[];
  readonly base: number;
}

/** A line for each graph that takes more images, or cuts one into tiles. */
function Grows({ rows, of, title, read, units, base }: GrowsProps) {
  const counted = rows.flatMap(({ graph, growth = [] }) =>
    growth.flatMap((one) => (one.of === of ? { graph, count: one.count, value: read(one) } : [])),
  );
  if (counted.length === 0) return null;
  const most = Math.max(1, ...counted.map(({ value }) => value));
  const step = Math.min(Math.floor(Math.log(most) / Math.log(base)), units.length - 1);
  const points = counted.map((one) => ({ ...one, value: one.value / base ** step }));
  const show = (value: number) => `${significant(value)}${units[step]}`;
  const stroke = ({ graph }: { graph: string }) => colourOf(rows, graph);
  return (
    <Figure
      title={`${title} with more ${of}`}
      note="counted, not run"
      options={{
        ...SIZE,
        height: 200,
        marginLeft: 84,
        color: { type: 'identity' },
        x: { label: of, type: 'log', base: 2, domain: [1, 8], ticks: [1, 2, 4, 8], tickFormat: String },
        y: { label: null, zero: true, grid: true, ticks: 4, tickFormat: (value: number) => `${value}${units[step]}` },
        marks: [
          Plot.line(points, { x: 'count', y: 'value', z: 'graph', stroke, strokeWidth: 1.6 }),
          Plot.dot(points, {
            x: 'count',
            y: 'value',
            r: 3,
            fill: stroke,
            title: ({ graph, value }) => `${graph}: ${show(value)}`,
          }),
        ],
      }}
    />
  );
}

/** Which colour is which graph's, in all plots. */
function Legend({ rows }: { rows: readonly ComparisonRow[] }) {
  return (
    <p className="compare-legend">
      {rows.map(({ graph }) => (
        <span key={graph} className="curve-note">
          <i style={{ background: colourOf(rows, graph) }} /> {graph}
        </span>
      ))}
    </p>
  );
}
