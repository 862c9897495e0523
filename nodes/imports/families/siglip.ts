import type { Family } from './family.ts';

/** SigLIP reads its texts padded to the most tokens that there are positions for: so it was trained (section 4.1 of its paper). */
export const siglip: Family = {
  types: ['siglip', 'siglip_text_model', 'siglip2'],
  padsToWhole: true,
};
