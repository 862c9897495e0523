import type { Family } from './family.ts';

/** Janus (understanding): each picture within its own marks; texts have no first token (processing_janus.js). */
export const janus: Family = {
  types: ['multi_modality', 'janus'],
  place: ({ tokens }, token) => `<begin_of_image>${token.repeat(tokens)}<end_of_image>`,
  roles: { user: '<|User|>', assistant: '<|Assistant|>' },
  bare: true,
};
