import { HubError } from './trouble.ts';

/** A repository of models on the Hub at a branch, a tag or a commit. */
export interface HubRepo {
  /** `owner/name`, or the name alone for the oldest ones. */
  readonly name: string;
  readonly revision: string;
}

const PART = String.raw`[A-Za-z0-9][\w.-]*`;
const NAME = new RegExp(`^${PART}(/${PART})?$`);
const REVISION = new RegExp(`^${PART}(/${PART})*$`);

/** `owner/name`, `owner/name@revision`, either with `hf:` before it. Throws a `HubError` that says what is expected. */
export function parseRepo(text: string): HubRepo {
  const [name = '', revision = 'main', ...more] = text.trim().replace(/^hf:/, '').split('@');
  // Both name folders and addresses: nothing that climbs out of them.
  const sound = NAME.test(name) && REVISION.test(revision) && !/\.\.|--/.test(name) && !revision.includes('..');
  if (!sound || more.length > 0)
    throw new HubError('reference', `"${text}" is not the name of a model on the Hub.`, {
      hint: 'Write owner/name or owner/name@revision, as in the address of its page.',
    });
  return { name, revision };
}

/** As it stands in a graph. The main branch is left out. */
export function referenceOf({ name, revision }: HubRepo): string {
  return revision === 'main' ? `hf:${name}` : `hf:${name}@${revision}`;
}

export const isCommit = (revision: string) => /^[0-9a-f]{40}$/.test(revision);
