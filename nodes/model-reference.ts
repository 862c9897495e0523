import type { Facts } from './definition.ts';
import { kindsOf, type ModelCard, parseCard } from './models/card.ts';
import { tinyCard, tinyCards } from './models/index.ts';

/** Where a model that a node holds comes from: the part of `params.model` before the colon. */
export const MODEL_SOURCES = ['paper', 'tiny', 'trained', 'file', 'hf', 'endpoint'] as const;

export interface ModelReference {
  readonly source: (typeof MODEL_SOURCES)[number];
  readonly name: string;
}

/** `paper:clip-vit-l-14` → source and name. Throws an `Error` that names the forms there are. */
export function parseReference(reference: string): ModelReference {
  const at = reference.indexOf(':');
  const source = MODEL_SOURCES.find((known) => known === reference.slice(0, at));
  const name = reference.slice(at + 1);
  if (at < 0 || source === undefined || name === '')
    throw new Error(`"${reference}" is no model reference: write ${MODEL_SOURCES.map((s) => `${s}:…`).join(', ')}`);
  return { source, name };
}

/** Whether a reference names a model with trained weights, which ships or was trained here. */
export function isStored(reference: string): boolean {
  return reference.startsWith('tiny:') || reference.startsWith('trained:');
}

/** The facts of a trained model are not at hand: not yet, or never. */
export class CardUnread extends Error {}

/**
 * The card of a `tiny:` or `trained:` model; `undefined` for a reference of another kind. That of a trained model is among
 * the node's facts (`probeModel`). Throws a `CardUnread` without those, an `Error` where there is no such model.
 */
export function cardOf(reference: string, facts: Facts | undefined): ModelCard | undefined {
  if (!isStored(reference)) return undefined;
  const { source, name } = parseReference(reference);
  const card = source === 'tiny' ? tinyCard(name) : facts?.card ? parseCard(facts.card) : undefined;
  if (card) return card;
  if (source === 'trained') throw new CardUnread(`the card of "${reference}" was not read`);
  const shipped = tinyCards.map((known) => `tiny:${known.name}`).join(', ');
  throw new Error(`there is no model "${reference}": those that ship are ${shipped}`);
}

/**
 * What a node holds: the preset that a `paper:` reference names, or what `ofCard` makes of the card of a `tiny:` or
 * `trained:` model, nothing where that is a model for other nodes. Throws an `Error` that says what can be chosen.
 */
export function modelOf<P>(
  reference: string,
  presets: Readonly<Record<string, P>>,
  ofCard: (card: ModelCard) => P | undefined,
  facts: Facts | undefined,
): P {
  const card = cardOf(reference, facts);
  if (!card) return paperPreset(reference, presets);
  const model = ofCard(card);
  if (!model)
    throw new Error(`"${reference}" is for a node of the kind ${kindsOf(card).join(' or ')}, not for this one`);
  return model;
}

/** Throws a sentence where features have another width than those that a trained connector was trained over. */
export function requireInput(reference: string, facts: Facts | undefined, width: number): void {
  const card = cardOf(reference, facts);
  if (card && 'encoder' in card && card.architecture.input !== width)
    throw new Error(
      `${reference} takes features of width ${card.architecture.input}, not ${width}: wire ${card.encoder}, over which it was trained`,
    );
}

/** The preset that a `paper:` reference names. Throws an `Error` that lists the presets of this kind. */
function paperPreset<P>(reference: string, presets: Readonly<Record<string, P>>): P {
  const { source, name } = parseReference(reference);
  const preset = source === 'paper' && Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined)
    throw new Error(
      `no model "${reference}" here: choose one of ${Object.keys(presets)
        .map((known) => `paper:${known}`)
        .join(', ')}`,
    );
  return preset;
}

/** What the inspector offers for a `model` parameter beside the user's own: models that ship first. */
export function modelChoices(kind: string, presets: Readonly<Record<string, { readonly label: string }>>) {
  return [
    ...tinyCards
      .filter((card) => kindsOf(card).includes(kind))
      .map(({ name, title }) => ({ value: `tiny:${name}`, label: title })),
    ...Object.entries(presets).map(([name, { label }]) => ({ value: `paper:${name}`, label })),
  ];
}
