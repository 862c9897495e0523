import type { NodeReport } from '../../electron/backend/executor/events.ts';
import type { Cost } from '../../nodes/definition.ts';
import { bytes, count, duration, flops, significant, whole } from '../ui/format.ts';

type Figure = readonly [name: string, value: string | undefined];

function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="figures">
      {figures.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** What is not known, and a cost of nothing, is left out. */
const given = (value: number | undefined, write: (value: number) => string) => (!value ? undefined : write(value));

export const CostFigures = ({ cost }: { cost: Cost }) => <Figures figures={figuresOf(cost)} />;

/** Whether a cost has anything to show. */
export const isCounted = (cost: Cost) => figuresOf(cost).some(([, value]) => value !== undefined);

const figuresOf = (cost: Cost): readonly Figure[] => [
  ['Visual tokens', given(cost.tokens?.visual, whole)],
  ['Prompt tokens', given(cost.tokens?.prompt, whole)],
  ['Parameters', given(cost.parameters, count)],
  ['Operations', given(cost.flops, flops)],
  ['Peak memory', given(cost.peakBytes, bytes)],
  ['KV cache', given(cost.kvCacheBytes, bytes)],
];

export function ReportFigures({ report }: { report: NodeReport }) {
  const { ms, tokens, rate, speculation, provider, extrapolated } = report;
  return (
    <Figures
      figures={[
        ['Status', report.why ? `${report.status}: ${report.why}` : report.status],
        ['Load', given(ms?.load, duration)],
        ['First run', given(ms?.first, duration)],
        [
          'Warm run',
          ms?.warm === undefined
            ? undefined
            : `${duration(ms.warm)}${ms.spread ? ` ± ${duration(ms.spread / 2)}` : ''}`,
        ],
        ['First token', given(rate?.firstTokenMs, duration)],
        ['Decode', rate && `${rate.tokensPerSecond.toFixed(1)} tok/s`],
        ['Draft accepted', speculation && `${(100 * speculation.acceptance).toFixed(0)} % of the tokens judged`],
        ['Tokens a pass', speculation?.tokensPerPass.toFixed(2)],
        ['Draft step / target step', speculation && `${speculation.costRatio.toFixed(2)} of the time`],
        ['Prompt tokens', given(tokens?.prompt, whole)],
        ['Visual tokens', given(tokens?.visual, whole)],
        ['Thinking tokens', given(tokens?.thinking, whole)],
        ['Answer tokens', given(tokens?.answer, whole)],
        ['Price of thinking', given(report.price?.thinking, significant)],
        ['Price of the answer', given(report.price?.answer, significant)],
        ['Parameters', given(report.parameters, count)],
        ['Operations', given(report.flops, flops)],
        ['Peak memory', given(report.bytes?.peak, bytes)],
        ['KV cache', given(report.bytes?.kvCache, bytes)],
        [
          'Provider',
          provider && (provider.asked === provider.ran ? provider.ran : `${provider.ran} (asked: ${provider.asked})`),
        ],
        ['Providers not used', provider?.reason],
        ['Measured layers', extrapolated && `${extrapolated.measuredLayers} of ${extrapolated.layers}`],
        [
          'Whole model, extrapolated',
          extrapolated && `${duration(extrapolated.warmMs)}, ${count(extrapolated.parameters)}`,
        ],
        ['Note', report.caveat],
      ]}
    />
  );
}
