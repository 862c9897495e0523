import { MeasuredView } from '../measured/measured-view.tsx';
import { comparisons, dropFiles } from './actions.ts';
import { CompareForm } from './compare-form.tsx';
import { CompareResult } from './compare-result.tsx';
import { useCompare } from './store.ts';

/** Graphs held against each other: what to compare, then what comes of it. */
export function CompareView() {
  const shown = useCompare((state) => state.shown);
  return (
    <MeasuredView
      measurements={comparisons}
      name="Compare graphs"
      title={shown?.title ?? 'Compare graphs'}
      className="compare"
      drop={dropFiles}
    >
      {shown ? <CompareResult shown={shown} /> : <CompareForm />}
    </MeasuredView>
  );
}
