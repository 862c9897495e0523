import { type ModelCard, parseCard } from './card.ts';
import clipVit from './clip-vit/card.json' with { type: 'json' };
import crossAttentionAdapter from './cross-attention-adapter/card.json' with { type: 'json' };
import implicitPrm from './implicit-prm/card.json' with { type: 'json' };
import linear from './linear/card.json' with { type: 'json' };
import llm from './llm/card.json' with { type: 'json' };
import mlp from './mlp/card.json' with { type: 'json' };
import mlpInstruct from './mlp-instruct/card.json' with { type: 'json' };
import mlpInstructLlm from './mlp-instruct-llm/card.json' with { type: 'json' };
import orm from './orm/card.json' with { type: 'json' };
import patchMerger from './patch-merger/card.json' with { type: 'json' };
import pav from './pav/card.json' with { type: 'json' };
import pixelShuffle from './pixel-shuffle/card.json' with { type: 'json' };
import prm from './prm/card.json' with { type: 'json' };
import qFormer from './q-former/card.json' with { type: 'json' };
import reasoner from './reasoner/card.json' with { type: 'json' };
import reasonerDraft from './reasoner-draft/card.json' with { type: 'json' };
import resampler from './resampler/card.json' with { type: 'json' };
import siglipVit from './siglip-vit/card.json' with { type: 'json' };

/** Cards of the models that ship, by the names of their folders: an import and a line each. */
const shipped: Readonly<Record<string, unknown>> = {
  'clip-vit': clipVit,
  'cross-attention-adapter': crossAttentionAdapter,
  linear,
  llm,
  mlp,
  'mlp-instruct': mlpInstruct,
  'mlp-instruct-llm': mlpInstructLlm,
  'patch-merger': patchMerger,
  'pixel-shuffle': pixelShuffle,
  'q-former': qFormer,
  reasoner,
  'implicit-prm': implicitPrm,
  orm,
  pav,
  prm,
  'reasoner-draft': reasonerDraft,
  resampler,
  'siglip-vit': siglipVit,
};

const cards = new Map(Object.entries(shipped).map(([name, card]): [string, ModelCard] => [name, parseCard(card)]));

export const tinyCards: readonly ModelCard[] = [...cards.values()];

export function tinyCard(name: string): ModelCard | undefined {
  return cards.get(name);
}
