import type { EndpointEntry } from '../../electron/backend/endpoints/schema.ts';
import type { Protocol } from '../../nodes/endpoint/connection.ts';

export const PROTOCOLS: Readonly<Record<Protocol, string>> = {
  openai: 'Chat completions (OpenAI-compatible)',
  kserve: 'KServe v2 inference (Triton)',
};

export const KEYS: Readonly<Record<EndpointEntry['key'], string>> = {
  none: 'no key',
  sealed: "key in the system's store of secrets",
  file: 'key in a file that only you can read',
  environment: 'key from the environment',
  unreadable: 'its key was sealed by the desktop app: write it again',
};

/** Which servers a kind of node can use. */
export const SPOKEN_BY: Readonly<Record<string, Protocol>> = {
  llm: 'openai',
  verifier: 'openai',
  'vision-encoder': 'kserve',
};

/** Whether what is sent to an address can be read on its way: it leaves this machine unencrypted. */
export function travelsOpenly(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname);
}

/** References to a server's models as a graph can hold them: its own choice first. */
export function referencesTo({
  name,
  model,
  known,
}: EndpointEntry): { readonly value: string; readonly label: string }[] {
  const own = { value: `endpoint:${name}`, label: model ? `${name}: ${model}` : name };
  const others = known.map((each) => ({ value: `endpoint:${name}/${each.name}`, label: `${name}: ${each.name}` }));
  return [own, ...others];
}
