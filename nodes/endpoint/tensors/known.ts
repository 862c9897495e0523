import type { FilePorts } from '../../file-ports.ts';
import type { RunContext } from '../../run.ts';
import { openEndpoint } from '../open.ts';

/** The ports of a server's model as they were when its connection was last tested: before a run nothing is asked of it. */
export async function knownPorts(
  context: Pick<RunContext, 'endpoint'>,
  reference: string,
): Promise<FilePorts | undefined> {
  const { known, model } = await openEndpoint(context, reference, 'kserve');
  const found = known.find(({ name }) => name === model);
  return found?.inputs && found.outputs ? { inputs: found.inputs, outputs: found.outputs } : undefined;
}
