import { NodeError } from '../../../nodes/run.ts';
import { type EndpointSettings, endpointSchema } from './schema.ts';

const VARIABLE = /^PATCHBAY_ENDPOINT_([A-Z0-9_]+)_(URL|KEY|MODEL|PROTOCOL)$/;

/** What the environment says of an endpoint: all of it, or the key alone of one that is in the settings. */
export type FromEnvironment = Partial<EndpointSettings> & { readonly name: string; readonly key?: string };

/**
 * `PATCHBAY_ENDPOINT_<NAME>_URL`, `_KEY`, `_MODEL` and `_PROTOCOL`: the endpoint's name in capitals, its hyphens as `_`.
 * Throws a sentence where an address is none.
 */
export function endpointsOfEnvironment(env: NodeJS.ProcessEnv): FromEnvironment[] {
  const found = new Map<string, Record<string, string>>();
  for (const [variable, value] of Object.entries(env)) {
    const [, name, field] = VARIABLE.exec(variable) ?? [];
    if (name === undefined || field === undefined || !value) continue;
    const endpoint = name.toLowerCase().replaceAll('_', '-');
    found.set(endpoint, { ...found.get(endpoint), [field.toLowerCase()]: value });
  }
  return [...found].map(([name, { key, ...settings }]): FromEnvironment => {
    const own = key === undefined ? {} : { key };
    if (settings.url === undefined) return { name, ...own };
    const parsed = endpointSchema.safeParse({ name, ...settings });
    if (parsed.success) return { ...parsed.data, ...own };
    const [issue] = parsed.error.issues;
    throw new NodeError(
      `PATCHBAY_ENDPOINT_${name.toUpperCase().replaceAll('-', '_')}_${String(issue?.path[0]).toUpperCase()}: ${issue?.message}.`,
    );
  });
}
