import { NodeError, type RunContext, type Session } from '../../run.ts';
import type { Connection } from '../connection.ts';
import { openEndpoint } from '../open.ts';
import { infer } from './infer.ts';
import { modelPorts, serverMetadata } from './metadata.ts';

/** A model at a server that speaks KServe v2 (Triton), as a session is: its ports are those of the server's metadata. */
export async function openRemote(
  context: Pick<RunContext, 'endpoint' | 'signal'>,
  reference: string,
): Promise<Session> {
  const connection = await openEndpoint(context, reference, 'kserve');
  const model = namedModel(connection);
  const { signal } = context;
  const { extensions } = await serverMetadata(connection, signal);
  const { inputs, outputs } = await modelPorts(connection, model, signal);
  const binary = extensions.includes('binary_tensor_data');
  return {
    inputs,
    outputs,
    provider: { asked: `endpoint:${connection.name}`, ran: `endpoint:${connection.name}` },
    run: (feeds, fetch = outputs.map(({ name }) => name)) =>
      infer(connection, { model, feeds, outputs: outputs.filter(({ name }) => fetch.includes(name)), binary, signal }),
  };
}

function namedModel({ name, model }: Connection): string {
  if (model !== undefined) return model;
  throw new NodeError(
    `endpoint:${name} names no model.`,
    `Name one in Model servers, or in the graph: endpoint:${name}/<model>`,
  );
}
