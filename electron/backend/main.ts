import { RPCHandler } from '@orpc/server/message-port';
import { Endpoints, type Vault } from './endpoints/endpoints.ts';
import { EngineProcess } from './engine/process.ts';
import { engineScript } from './paths.ts';
import { createService } from './service.ts';

/**
 * The service in Electron's utilityProcess. The window's MessagePorts arrive from the main process, which also shows
 * the native dialogs and seals keys.
 */

/** From the main process: a port (with `ports[0]`), or the answer to a question. */
export type ToBackend =
  | { readonly type: 'connect' }
  | { readonly type: 'answer'; readonly id: number; readonly text: string | null };

/** To the main process: each is answered by a text, or `null` where a dialog was closed or the system keeps no secrets. */
export type FromBackend = { readonly id: number } & MainQuestion;

type MainQuestion =
  | { readonly type: 'pick-open' }
  | { readonly type: 'pick-save'; readonly suggested: string }
  | { readonly type: 'seal' | 'unseal'; readonly text: string };

const waiting = new Map<number, (text: string | null) => void>();
let nextId = 1;

function ask(request: MainQuestion): Promise<string | null> {
  const id = nextId++;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    process.parentPort.postMessage({ ...request, id } satisfies FromBackend);
  });
}

const vault: Vault = {
  async seal(key) {
    return (await ask({ type: 'seal', text: key })) ?? undefined;
  },
  async open(sealed) {
    const key = await ask({ type: 'unseal', text: sealed });
    if (key === null) throw new Error('the system did not unseal it');
    return key;
  },
};

const engine = new EngineProcess(engineScript(), {
  env: { ELECTRON_RUN_AS_NODE: '1' },
  endpoints: new Endpoints(vault),
});
const handler = new RPCHandler(
  createService(engine, {
    kind: 'electron',
    dialogs: {
      pickOpen: () => ask({ type: 'pick-open' }),
      pickSave: (suggested) => ask({ type: 'pick-save', suggested }),
    },
    vault,
  }),
);

process.parentPort.on('message', ({ data, ports }: { data: ToBackend; ports: Electron.MessagePortMain[] }) => {
  if (data.type === 'answer') {
    waiting.get(data.id)?.(data.text);
    waiting.delete(data.id);
    return;
  }
  const [port] = ports;
  if (!port) return;
  handler.upgrade(port);
  port.start();
});

process.once('exit', () => void engine.close());
