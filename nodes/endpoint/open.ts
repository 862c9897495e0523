import { NodeError, type RunContext } from '../run.ts';
import type { Connection, Protocol } from './connection.ts';
import { endpointReference } from './reference.ts';

const SPOKEN: Readonly<Record<Protocol, string>> = {
  openai: 'chat completions (OpenAI-compatible)',
  kserve: 'KServe v2 inference (Triton)',
};

/** The server that a reference names. Rejects with a sentence where there is none, or it speaks something else. */
export async function openEndpoint(
  context: Pick<RunContext, 'endpoint'>,
  reference: string,
  protocol: Protocol,
): Promise<Connection> {
  const { name, model } = endpointReference(reference);
  const connection = await context.endpoint(name);
  if (connection.protocol !== protocol)
    throw new NodeError(
      `endpoint:${name} speaks ${SPOKEN[connection.protocol]}, but this node needs ${SPOKEN[protocol]}.`,
      'Choose another endpoint, or set its protocol in Model servers.',
    );
  return model === undefined ? connection : { ...connection, model };
}
