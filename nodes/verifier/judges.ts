import { tinyCard } from '../models/index.ts';
import type { VerifierParams } from './definition.ts';

/**
 * What a verifier of these parameters judges: whole solutions, or their steps. `wired` where they do not tell, since the card
 * of a model that was trained here is read when it runs.
 */
export function judgedBy({ source, model, rule }: VerifierParams): 'outcome' | 'process' | 'wired' {
  if (source === 'rule') return rule === 'arithmetic' ? 'process' : 'outcome';
  if (source !== 'model' || model.startsWith('endpoint:')) return 'outcome';
  const card = model.startsWith('tiny:') ? tinyCard(model.slice('tiny:'.length)) : undefined;
  if (card?.kind !== 'verifier') return 'wired';
  return card.judges === 'outcome' ? 'outcome' : 'process';
}
