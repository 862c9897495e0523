/** Tokens with a meaning of their own, by id. */
export const SPECIAL_TOKENS = [
  '<pad>',
  '<end>',
  '<user>',
  '<assistant>',
  '[UNK]',
  '<cls>',
  '<decode>',
  '<think>',
  '</think>',
] as const;

export type SpecialToken = (typeof SPECIAL_TOKENS)[number];

/** The id of a special token. */
export function idOf(token: SpecialToken): number {
  return SPECIAL_TOKENS.indexOf(token);
}
