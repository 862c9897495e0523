import { z } from 'zod';
import { type Connection, EndpointError, jsonBody, type ServedModel } from '../connection.ts';
import { patiently } from '../patience.ts';

/** Servers that go on from the beginning of an answer, as far as their own word tells which they are. */
export type Engine = 'vllm' | 'sglang' | 'llama.cpp' | 'ollama';

export interface Served {
  readonly models: readonly ServedModel[];
  readonly engine?: Engine;
}

const list = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string().nullish() })).nullable() });

/** The models of an OpenAI-compatible server, and which server it is. */
export async function servedModels(connection: Connection, signal: AbortSignal): Promise<Served> {
  const reply = await patiently(() => connection.send('models', { signal }), signal);
  const json = await jsonBody(connection, reply);
  const parsed = list.safeParse(json);
  if (!parsed.success)
    throw new EndpointError(
      `The server of endpoint:${connection.name} answered with what is no list of models: ${connection.quote(JSON.stringify(json))}`,
      'Check its address in Model servers: that of an OpenAI-compatible server mostly ends in /v1.',
    );
  const models = parsed.data.data ?? [];
  const engine = engineOf(models[0]?.owned_by ?? '', reply.header('server') ?? '');
  return { models: models.map(({ id }) => ({ name: id })), ...(engine && { engine }) };
}

/** By the owner that each gives its models, or the name that it gives itself. */
function engineOf(owner: string, server: string): Engine | undefined {
  if (owner === 'vllm' || owner === 'sglang') return owner;
  if (owner === 'llamacpp' || /llama\.cpp/i.test(server)) return 'llama.cpp';
  return owner === 'library' ? 'ollama' : undefined;
}

/** The model to ask: the one that was named, or the only one there is. */
export async function modelToAsk(connection: Connection, signal: AbortSignal): Promise<string> {
  if (connection.model !== undefined) return connection.model;
  const { models } = await servedModels(connection, signal);
  const [only] = models;
  if (only && models.length === 1) return only.name;
  const names = models.map(({ name }) => name);
  throw new EndpointError(
    names.length === 0
      ? `The server of endpoint:${connection.name} serves no model.`
      : `The server of endpoint:${connection.name} serves ${names.length} models, and none is named: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`,
    names.length === 0
      ? 'Load one there first.'
      : `Name one in Model servers, or in the graph: endpoint:${connection.name}/${names[0]}`,
  );
}
