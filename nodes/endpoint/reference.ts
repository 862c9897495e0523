/** `endpoint:<name>` in a graph names a server that the user wrote down in the app's settings: no address and no key stand in it. */

const ENDPOINT = 'endpoint:';

export const ENDPOINT_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface EndpointReference {
  readonly name: string;
  /** As the server calls it; absent: the one that the settings name, or the only one it serves. */
  readonly model?: string;
}

export function isEndpoint(reference: string): boolean {
  return reference.startsWith(ENDPOINT);
}

/** `endpoint:cluster/Qwen/Qwen2.5-VL-7B-Instruct` → name and model. Throws an `Error` that tells the form. */
export function endpointReference(reference: string): EndpointReference {
  const rest = isEndpoint(reference) ? reference.slice(ENDPOINT.length) : '';
  const slash = rest.indexOf('/');
  const name = slash < 0 ? rest : rest.slice(0, slash);
  const model = slash < 0 ? undefined : rest.slice(slash + 1);
  if (!ENDPOINT_NAME.test(name) || model === '')
    throw new Error(
      `"${reference}" is not the name of an endpoint: write endpoint:<name> or endpoint:<name>/<model>, the name in small letters, digits and hyphens`,
    );
  return { name, ...(model !== undefined && { model }) };
}
