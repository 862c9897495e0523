import { create } from 'zustand';
import type { EndpointEntry, TestReport } from '../../electron/backend/endpoints/schema.ts';
import { backend, messageOf } from '../backend/client.ts';
import { hintOf, report } from '../store/ui.ts';

/** How the last test of a server went. */
export type Tested = 'under way' | TestReport | { readonly message: string; readonly hint?: string };

interface EndpointsState {
  readonly entries: readonly EndpointEntry[];
  readonly tested: Readonly<Record<string, Tested>>;
}

/** Servers that the user wrote down, as the backend last listed them. */
export const useEndpoints = create<EndpointsState>(() => ({ entries: [], tested: {} }));

export async function listEndpoints(): Promise<void> {
  try {
    useEndpoints.setState({ entries: await backend().endpoints.list() });
  } catch (error) {
    report(error);
  }
}

const setTested = (name: string, result: Tested | undefined) =>
  useEndpoints.setState(({ tested: { [name]: _, ...others } }) => ({
    tested: result === undefined ? others : { ...others, [name]: result },
  }));

/** Asks a server what it serves. */
export async function testEndpoint(name: string): Promise<void> {
  setTested(name, 'under way');
  try {
    setTested(name, await backend().endpoints.test({ name }));
    await listEndpoints();
  } catch (error) {
    const hint = hintOf(error);
    setTested(name, { message: messageOf(error), ...(hint !== undefined && { hint }) });
  }
}

export async function removeEndpoint(name: string): Promise<void> {
  try {
    await backend().endpoints.remove({ name });
    setTested(name, undefined);
  } catch (error) {
    report(error);
  }
  await listEndpoints();
}

/** Writes a server down. Rejects with a sentence where that cannot be. */
export async function saveEndpoint(
  settings: Parameters<ReturnType<typeof backend>['endpoints']['save']>[0],
): Promise<void> {
  await backend().endpoints.save(settings);
  setTested(settings.name, undefined);
  await listEndpoints();
}
