import { useEffect } from 'react';
import { useConnection } from '../backend/client.ts';
import { showDialog } from '../store/ui.ts';
import { takeUpTraining } from './actions.ts';
import { progressWords, useTraining } from './store.ts';

/** In the status bar, while something trains; a click shows it. */
export function TrainingStatus() {
  const training = useTraining((state) => state.training);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void takeUpTraining();
  }, [connected]);
  if (!training || training.done) return null;
  return (
    <button type="button" className="status-training" onClick={() => showDialog({ type: 'train' })}>
      Training {training.recipe.name}: <span className="num">{progressWords(training)}</span>
    </button>
  );
}
