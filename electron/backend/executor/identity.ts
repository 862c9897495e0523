import { createHash } from 'node:crypto';
import { canonical } from '../../../graphs/canonical.ts';
import type { Plan, PlanStep } from '../../../graphs/compile.ts';
import { isEndpoint } from '../../../nodes/endpoint/reference.ts';

/** What decides a node's output, and its digest. Ids and layout do not enter the key; they are kept to say what changed. */
export interface Identity {
  readonly key: string;
  readonly kind: string;
  readonly version: number;
  readonly provider: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Of the files that the parameters name. */
  readonly digest?: string;
  readonly inputs: Readonly<
    Record<string, readonly { readonly node: string; readonly port: string; readonly key: string }[]>
  >;
}

/**
 * The identity of every step, in plan order. Key = SHA-256 of kind, version, provider, parameters, digest of the files
 * named, and the keys and ports of what is wired in: equal keys mean equal outputs.
 */
export async function identify(
  plan: Plan,
  provider: string,
  digestOf: (step: PlanStep) => Promise<string | undefined>,
): Promise<Map<string, Identity>> {
  const digests = await Promise.all(plan.steps.map(digestOf));
  const identities = new Map<string, Identity>();
  plan.steps.forEach(({ id, kind, version, params, inputs: wires }, index) => {
    const digest = digests[index];
    const inputs: Record<string, { node: string; port: string; key: string }[]> = {};
    for (const port of Object.keys(wires).sort())
      inputs[port] = (wires[port] ?? []).map((source) => ({ ...source, key: identities.get(source.node)?.key ?? '' }));
    const fed = Object.entries(inputs).map(([port, sources]) => [
      port,
      sources.map((source) => [source.port, source.key]),
    ]);
    const key = createHash('sha256')
      .update(canonical([kind, version, provider, params, digest ?? null, fed]))
      .digest('base64url');
    identities.set(id, { key, kind, version, provider, params, digest, inputs });
  });
  return identities;
}

/** What is different about a node since it last ran, in words; `undefined` where its key is the same. */
export function whatChanged(before: Identity, now: Identity, ranAgain: ReadonlySet<string>): string | undefined {
  if (before.key === now.key) return undefined;
  if (before.kind !== now.kind) return 'its kind changed';
  if (before.version !== now.version) return 'this kind of node was updated';
  const names = [...new Set([...Object.keys(before.params), ...Object.keys(now.params)])];
  const params = names.filter((name) => canonical(before.params[name]) !== canonical(now.params[name]));
  if (params.length > 0) return `${list(params)} changed`;
  if (before.digest !== now.digest) return `its ${namesEndpoint(now.params) ? 'endpoint' : 'file'} changed`;
  if (before.provider !== now.provider) return 'the execution provider changed';
  for (const port of Object.keys({ ...before.inputs, ...now.inputs })) {
    const old = before.inputs[port] ?? [];
    const sources = now.inputs[port] ?? [];
    const rewired =
      old.length !== sources.length ||
      sources.some((source, i) => source.node !== old[i]?.node || source.port !== old[i]?.port);
    if (rewired) return `${port} is wired differently`;
    const changed = sources.find((source, i) => source.key !== old[i]?.key);
    if (changed) return ranAgain.has(changed.node) ? `${changed.node} ran again` : `${changed.node} changed`;
  }
  return undefined;
}

const namesEndpoint = (params: Identity['params']) =>
  Object.values(params).some((value) => typeof value === 'string' && isEndpoint(value));

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
