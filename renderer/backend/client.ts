import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { create } from 'zustand';
import type { Contract } from '../../electron/backend/contract.ts';

export type Backend = ContractRouterClient<Contract>;

interface ConnectionState {
  readonly status: 'connecting' | 'connected' | 'lost';
  readonly backend?: Backend;
}

/** The one channel to the backend: a MessagePort in Electron, a WebSocket on the page's own address in a browser. */
export const useConnection = create<ConnectionState>(() => ({ status: 'connecting' }));

/** The backend, once there is one. Throws while the connection is down: callers show that as any other failure. */
export function backend(): Backend {
  const { backend: current, status } = useConnection.getState();
  if (!current || status !== 'connected') throw new Error('Patchbay’s backend is not reachable. Reconnecting…');
  return current;
}

export function connect(): void {
  if (location.protocol === 'app:') connectPort();
  else connectSocket(0);
}

function connectPort(): void {
  window.addEventListener('message', (event) => {
    const [port] = event.ports;
    if (event.source !== window || event.data !== 'patchbay:port' || !port) return;
    const link = new PortLink({ port });
    port.start();
    useConnection.setState({ status: 'connected', backend: createORPCClient(link) });
  });
  window.postMessage('patchbay:connect', location.origin);
}

const LONGEST_WAIT_MS = 5000;

function connectSocket(attempt: number): void {
  const token = new URLSearchParams(location.search).get('token') ?? '';
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/rpc`, ['rpc', `token.${token}`]);
  let opened = false;
  socket.addEventListener('open', () => {
    opened = true;
    useConnection.setState({ status: 'connected', backend: createORPCClient(new SocketLink({ websocket: socket })) });
  });
  socket.addEventListener('close', () => {
    useConnection.setState({ status: 'lost', backend: undefined });
    const next = opened ? 0 : attempt + 1;
    setTimeout(() => connectSocket(next), Math.min(LONGEST_WAIT_MS, 250 * 2 ** next));
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
