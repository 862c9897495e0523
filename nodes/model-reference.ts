/** Where a model that a node holds comes from: the part of `params.model` before the colon. */
export const MODEL_SOURCES = ['paper', 'tiny', 'trained', 'file', 'hf'] as const;

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

/** The preset that a `paper:` reference names. Throws an `Error` that lists the presets of this kind. */
export function paperPreset<P>(reference: string, presets: Readonly<Record<string, P>>): P {
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

/** What the inspector offers for a `model` parameter. */
export function modelChoices(presets: Readonly<Record<string, { readonly label: string }>>) {
  return Object.entries(presets).map(([name, { label }]) => ({ value: `paper:${name}`, label }));
}
