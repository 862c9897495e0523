import { MeasuredView } from '../measured/measured-view.tsx';
import { dropResults, measurements } from './actions.ts';
import { ComputeForm } from './compute-form.tsx';
import { ComputeResult } from './compute-result.tsx';
import { useCompute } from './store.ts';

/** What compute buys: what to measure, then accuracy against tokens. */
export function ComputeView() {
  const shown = useCompute((state) => state.shown);
  return (
    <MeasuredView
      measurements={measurements}
      name="Compute"
      title={shown?.title ?? 'What compute buys'}
      className="compare compute"
      drop={dropResults}
    >
      {shown ? <ComputeResult shown={shown} /> : <ComputeForm />}
    </MeasuredView>
  );
}
