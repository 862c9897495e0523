import { request } from 'node:http';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '../../../electron/backend/contract.ts';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { serveWeb, type WebHost } from '../../../electron/web.ts';

let host: WebHost;
beforeAll(async () => {
  host = await serveWeb({ engine: new EngineProcess('dist/electron/engine.js') });
});
afterAll(() => host.close());

interface Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: host.port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

function socket(protocols: string[], headers: Record<string, string> = {}): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(`ws://127.0.0.1:${host.port}/rpc`, protocols, { headers });
    webSocket.once('open', () => resolve(webSocket));
    webSocket.once('error', reject);
  });
}

describe('the page', () => {
  test('comes with the token, under a policy that lets in nothing foreign', async () => {
    const page = await get(`/?token=${host.token}`);
    expect(page.status).toBe(200);
    expect(page.body).toContain('<script type="module"');
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
  });

  test('its files come with the cookie that the page set', async () => {
    const page = await get(`/?token=${host.token}`);
    const script = /src="\.?(\/assets\/[^"]+)"/.exec(page.body)?.[1] ?? '';
    const [cookie = ''] = page.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await get(script)).status).toBe(401);
    expect((await get(script, { cookie: cookie.split(';')[0] ?? '' })).status).toBe(200);
  });

  test.each([
    ['no token', '/', {}, 401],
    ['a wrong token', '/?token=wrong', {}, 401],
    ['a name that is not this machine (DNS rebinding)', '/?token=T', { host: 'evil.example' }, 403],
    ['a foreign origin', '/?token=T', { origin: 'https://evil.example' }, 403],
    ['a path out of the page', '/..%2f..%2fpackage.json?token=T', {}, 404],
  ])('%s is refused', async (_name, path, headers, status) => {
    expect((await get(path.replace('token=T', `token=${host.token}`), headers)).status).toBe(status);
  });
});

describe('the socket', () => {
  test('answers calls of a client that has the token', async () => {
    const webSocket = await socket(['rpc', `token.${host.token}`]);
    const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ websocket: webSocket as never }));
    expect(await client.app.info()).toMatchObject({ host: 'browser', dialogs: false });
    await expect(client.documents.open({ path: '/nowhere.json' })).rejects.toMatchObject({
      message: '"/nowhere.json" was not opened: there is no such file or folder.',
      data: { hint: 'Check the path.' },
    });
    const { source, title } = (await client.pictures.list())[0] ?? { source: '', title: '' };
    expect(title).not.toBe('');
    const { url, width, height } = await client.pictures.thumbnail({ source, size: 64 });
    expect(url).toMatch(/^data:image\/webp;base64,/);
    expect(Math.max(width, height)).toBeGreaterThan(64);
    webSocket.close();
  });

  test.each([
    ['without a token', ['rpc'], {}, 401],
    ['with a wrong token', ['rpc', 'token.wrong'], {}, 401],
    ['of a foreign page', ['rpc', 'token.T'], { origin: 'https://evil.example' }, 403],
    ['under a foreign name', ['rpc', 'token.T'], { host: 'evil.example' }, 403],
  ])('%s is refused', async (_name, protocols, headers, status) => {
    const given = protocols.map((protocol) => protocol.replace('token.T', `token.${host.token}`));
    await expect(socket(given, headers)).rejects.toThrow(`Unexpected server response: ${status}`);
  });
});
