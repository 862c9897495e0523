import { RPCHandler } from '@orpc/server/message-port';
import { EngineProcess } from './engine/process.ts';
import { engineScript } from './paths.ts';
import { createService } from './service.ts';

/**
 * The service in Electron's utilityProcess. The window's MessagePorts arrive from the main process, which also shows
 * the native dialogs.
 */

/** From the main process: a port (with `ports[0]`), or the answer of a dialog. */
export type ToBackend =
  | { readonly type: 'connect' }
  | { readonly type: 'picked'; readonly id: number; readonly path: string | null };

/** To the main process. */
export type FromBackend =
  | { readonly type: 'pick-open'; readonly id: number }
  | { readonly type: 'pick-save'; readonly id: number; readonly suggested: string };

type DialogRequest = { readonly type: 'pick-open' } | { readonly type: 'pick-save'; readonly suggested: string };

const waiting = new Map<number, (path: string | null) => void>();
let nextId = 1;

function ask(request: DialogRequest): Promise<string | null> {
  const id = nextId++;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    process.parentPort.postMessage({ ...request, id } satisfies FromBackend);
  });
}

const engine = new EngineProcess(engineScript(), {
  env: { ELECTRON_RUN_AS_NODE: '1' },
});
const handler = new RPCHandler(
  createService(engine, {
    kind: 'electron',
    dialogs: {
      pickOpen: () => ask({ type: 'pick-open' }),
      pickSave: (suggested) => ask({ type: 'pick-save', suggested }),
    },
  }),
);

process.parentPort.on('message', ({ data, ports }: { data: ToBackend; ports: Electron.MessagePortMain[] }) => {
  if (data.type === 'picked') {
    waiting.get(data.id)?.(data.path);
    waiting.delete(data.id);
    return;
  }
  const [port] = ports;
  if (!port) return;
  handler.upgrade(port);
  port.start();
});

process.once('exit', () => void engine.close());
