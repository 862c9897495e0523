import type { ProviderReport } from '../../nodes/report.ts';
import { flatId } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { duration, significant, whole } from '../ui/format.ts';

/** Measured figures of the last run, and how they came about. */
export function NodeFooter({ id }: { id: string }) {
  const phase = useRun((state) => state.nodes[flatId(id)]?.phase);
  const why = useRun((state) => state.nodes[flatId(id)]?.why);
  const report = useRun((state) => state.nodes[flatId(id)]?.report);
  if (phase === 'queued' || phase === 'loading' || phase === 'running') {
    const words = { queued: 'Waiting', loading: 'Loading the model…', running: 'Running…' }[phase];
    return <footer className="module-foot live">{why && phase === 'running' ? `Running: ${why}` : words}</footer>;
  }
  if (!report) return null;
  const { ms, tokens, rate, speculation, price, provider, extrapolated, caveat, status } = report;
  if (status === 'skipped' || status === 'unused' || status === 'cancelled') {
    return <footer className="module-foot">{report.why ?? (status === 'skipped' ? 'Skipped' : 'Cancelled')}</footer>;
  }
  const time = ms?.warm ?? ms?.first;
  const counted = Object.entries(tokens ?? {}).filter(([, count]) => count > 0);
  return (
    <footer className="module-foot">
      {report.why && status === 'finished' && <span className="why">ran again because {report.why}</span>}
      {status === 'reused' && (
        <span className="chip quiet" title={report.why}>
          reused
        </span>
      )}
      {time !== undefined && (
        <span className="chip num" title={timingWords(ms)}>
          {duration(time)}
        </span>
      )}
      {extrapolated && (
        <span
          className="chip quiet num"
          title={`Measured: ${extrapolated.measuredLayers} of ${extrapolated.layers} layers. All of them, extrapolated: ${duration(extrapolated.warmMs)}`}
        >
          {extrapolated.measuredLayers}/{extrapolated.layers} layers, all ≈ {duration(extrapolated.warmMs)}
        </span>
      )}
      {counted.map(([source, count]) => (
        <span key={source} className={`chip tokens ${source}`} title={`${whole(count)} ${source} tokens`}>
          <b className="num">{whole(count)}</b> {source}
        </span>
      ))}
      {rate && (
        <span className="chip num" title={`First token after ${duration(rate.firstTokenMs)}`}>
          {rate.tokensPerSecond.toFixed(rate.tokensPerSecond < 10 ? 1 : 0)} tok/s
        </span>
      )}
      {speculation && (
        <span
          className="chip num"
          title={`${speculation.tokensPerPass.toFixed(2)} tokens a pass of the target; a step of the draft takes ${speculation.costRatio.toFixed(2)} of the time of one of the target`}
        >
          {(100 * speculation.acceptance).toFixed(0)} % of the draft accepted
        </span>
      )}
      {price && (
        <span
          className="chip num"
          title={`Thinking ${significant(price.thinking)}, answer ${significant(price.answer)}`}
        >
          price {significant(price.thinking + price.answer)}
        </span>
      )}
      {provider && (
        <span
          className={`chip ${provider.fallback || provider.reason ? 'caution' : 'quiet'}`}
          title={providerWords(provider)}
        >
          {provider.ran.toUpperCase()}
        </span>
      )}
      {caveat && <span className="chip caution">{caveat}</span>}
    </footer>
  );
}

/** What was asked for, what ran, and why it was not the same. */
function providerWords({ asked, ran, reason }: ProviderReport): string {
  return `Execution provider: asked for ${asked}, ran on ${ran}${reason ? `\nNot used: ${reason}` : ''}`;
}

export function timingWords(ms: { load?: number; first?: number; warm?: number; spread?: number } | undefined): string {
  if (!ms) return '';
  return [
    ms.load !== undefined && `load ${duration(ms.load)}`,
    ms.first !== undefined && `first run ${duration(ms.first)}`,
    ms.warm !== undefined && `warm ${duration(ms.warm)}`,
    ms.spread !== undefined && `spread ${duration(ms.spread)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
