/** Colours that notes and groups can have, by the names that stand in the file; the theme has a shade of each. */
export const TINTS = ['yellow', 'green', 'blue', 'purple', 'red', 'grey'] as const;

/** A colour of another name, from a newer version say, is drawn grey. */
export function tint(colour: string): string {
  return `var(--tint-${TINTS.some((name) => name === colour) ? colour : 'grey'})`;
}
