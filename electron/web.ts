import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocketServer } from 'ws';
import { Comparisons } from './backend/comparison/comparisons.ts';
import { Drafts } from './backend/documents/drafts.ts';
import { EngineProcess } from './backend/engine/process.ts';
import { Pulls } from './backend/models/hub/pulls.ts';
import { engineScript } from './backend/paths.ts';
import { Reasonings } from './backend/reasoning/reasonings.ts';
import { createService } from './backend/service.ts';
import { Trainings } from './backend/training/trainings.ts';
import { pageFile, pageHeaders } from './page.ts';

/**
 * The app for a browser on the same machine: the page and one WebSocket, on loopback only. Other users of the machine
 * and other sites in the browser are kept out by a token (page address, then a cookie; sub-protocol of the socket)
 * and by checking `Host` (DNS rebinding) and `Origin` (foreign pages).
 */
export interface WebHost {
  /** With the token: whoever has it can use the app. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

export interface WebHostOptions {
  /** 0, or absent: any free port. */
  readonly port?: number;
  readonly engine?: EngineProcess;
}

/** Largest message a page may send; an added picture is the largest thing it has. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

/** Rejects where the port is taken. */
export async function serveWeb(options: WebHostOptions = {}): Promise<WebHost> {
  const engine = options.engine ?? new EngineProcess(engineScript());
  const trainings = new Trainings();
  const comparisons = new Comparisons(engine);
  const reasonings = new Reasonings(engine);
  const pulls = new Pulls(engine);
  const drafts = new Drafts();
  const service = createService(engine, { kind: 'browser' }, trainings, comparisons, reasonings, drafts, pulls);
  const handler = new RPCHandler(service);
  const token = randomBytes(24).toString('base64url');
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, handleProtocols: () => 'rpc' });
  const server = createServer((request, response) => void answer(request, response, token));

  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request) ?? (socketToken(request, token) ? undefined : 401);
    if (refusal || pathOf(request) !== '/rpc') return refuse(socket, refusal ?? 404);
    sockets.handleUpgrade(request, socket, head, (webSocket) => void handler.upgrade(webSocket));
  });

  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    port,
    token,
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      trainings.close();
      pulls.close();
      await comparisons.close();
      await reasonings.close();
      await engine.close();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string): Promise<void> {
  const refusal = refusalOf(request) ?? (pageToken(request, token) ? undefined : 401);
  const file = refusal || request.method !== 'GET' ? undefined : await pageFile(pathOf(request));
  if (!file) {
    const status = refusal ?? (request.method === 'GET' ? 404 : 405);
    response.writeHead(status, pageHeaders('text/plain; charset=utf-8', "'none'")).end(REASONS[status]);
    return;
  }
  const headers = pageHeaders(file.type, `'self' ws://${request.headers.host}`);
  if (pathOf(request) === '/')
    headers['Set-Cookie'] = `${cookieName(request)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
  response.writeHead(200, headers).end(file.body);
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Open the address that was printed at the start: it carries the token.',
  403: 'This address is for pages of this machine only.',
  404: 'There is nothing here.',
  405: 'Only GET is answered here.',
};

/** 403 for a name that is not this machine's, or a page of another site; `undefined` where both are right. */
function refusalOf(request: IncomingMessage): 403 | undefined {
  const { host, origin } = request.headers;
  const port = request.socket.localPort;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return 403;
  if (origin !== undefined && origin !== `http://${host}`) return 403;
  return undefined;
}

/** Browsers let a page set no header of a socket but its sub-protocols, so the token travels there. */
function socketToken(request: IncomingMessage, token: string): boolean {
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return protocols.includes('rpc') && protocols.some((name) => name.startsWith('token.') && same(name.slice(6), token));
}

function pageToken(request: IncomingMessage, token: string): boolean {
  const given = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token');
  if (given !== null) return same(given, token);
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const name = `${cookieName(request)}=`;
  return cookies.some((cookie) => cookie.startsWith(name) && same(cookie.slice(name.length), token));
}

/** Browsers keep one set of cookies for all ports of a host. */
function cookieName(request: IncomingMessage): string {
  return `patchbay-${request.socket.localPort}`;
}

/** Takes equally long wherever the first difference is. */
function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://localhost').pathname;
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
