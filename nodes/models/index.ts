import { type ModelCard, parseCard } from './card.ts';

/** Cards of the models that ship, by the names of their folders: an import and a line each. */
const shipped: Readonly<Record<string, unknown>> = {};

const cards = new Map(Object.entries(shipped).map(([name, card]): [string, ModelCard] => [name, parseCard(card)]));

export const tinyCards: readonly ModelCard[] = [...cards.values()];

export function tinyCard(name: string): ModelCard | undefined {
  return cards.get(name);
}
