import type { Family } from './family.ts';
import { florence2 } from './florence-2.ts';
import { idefics3 } from './idefics3.ts';
import { janus } from './janus.ts';
import { moondream } from './moondream.ts';
import { paligemma } from './paligemma.ts';
import { siglip } from './siglip.ts';

/** Families that need something said: an import and a line each. Any other is read from its files alone. */
const families: readonly Family[] = [florence2, idefics3, janus, moondream, paligemma, siglip];

const USUAL: Family = { types: [] };

export function familyOf(type: string): Family {
  return families.find(({ types }) => types.includes(type)) ?? USUAL;
}
