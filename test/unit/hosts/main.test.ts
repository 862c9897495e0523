import { beforeAll, expect, test, vi } from 'vitest';
import * as electron from './electron.ts';

vi.mock('electron', () => electron);

beforeAll(async () => {
  await import('../../../electron/main.ts');
  await vi.waitUntil(() => electron.windows.length === 1);
});

const firstWindow = () => {
  const [window] = electron.windows;
  if (!window) throw new Error('no window was opened');
  return window;
};

test('the page gets no Node, no shared context and a sandbox', () => {
  expect(firstWindow().options.webPreferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  });
  expect(firstWindow().loadURL).toHaveBeenCalledWith('app://patchbay/');
});

test('nothing opens in the app or leads away from it, and no permission is given', () => {
  const { webContents } = firstWindow();
  expect(webContents.openHandler({ url: 'file:///etc/passwd' })).toEqual({ action: 'deny' });
  expect(electron.shell.openExternal).not.toHaveBeenCalled();
  expect(webContents.openHandler({ url: 'https://arxiv.org/abs/2304.08485' })).toEqual({ action: 'deny' });
  expect(electron.shell.openExternal).toHaveBeenCalledWith('https://arxiv.org/abs/2304.08485');
  for (const name of ['will-navigate', 'will-attach-webview']) {
    const event = { preventDefault: vi.fn() };
    webContents.emit(name, event);
    expect(event.preventDefault, name).toHaveBeenCalled();
  }
  const decide = vi.fn();
  webContents.permission(webContents, 'media', decide);
  expect(decide).toHaveBeenCalledWith(false);
});

test('the app: protocol serves the page under a strict policy, and nothing outside it', async () => {
  const outside = await electron.protocol.handler(new Request('app://patchbay/..%2f..%2fpackage.json'));
  expect(outside.status).toBe(404);
  expect((await electron.protocol.handler(new Request('app://elsewhere/'))).status).toBe(404);
  expect(outside.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
});

test('a page that asks gets one end of a port and the backend the other; another origin gets nothing', () => {
  const sender = firstWindow().webContents;
  electron.ipcMain.emit('connect', { sender, senderFrame: { origin: 'https://evil.example', parent: null } });
  expect(electron.children).toHaveLength(0);

  electron.ipcMain.emit('connect', { sender, senderFrame: { origin: 'app://patchbay', parent: null } });
  expect(electron.children).toHaveLength(1);
  expect(electron.children[0]?.postMessage).toHaveBeenCalledWith({ type: 'connect' }, [{ end: 'backend' }]);
  expect(sender.postMessage).toHaveBeenCalledWith('port', null, [{ end: 'page' }]);
});

test('the backend asks for a native dialog and gets the path, or null when it was closed', async () => {
  const [backend] = electron.children;
  backend?.emit('message', { type: 'pick-open', id: 1 });
  await vi.waitUntil(() => backend?.postMessage.mock.calls.some(([message]) => message.id === 1));
  expect(backend?.postMessage).toHaveBeenCalledWith({ type: 'answer', id: 1, text: '/graphs/a.json' });
  backend?.emit('message', { type: 'pick-save', id: 2, suggested: 'b.json' });
  await vi.waitUntil(() => backend?.postMessage.mock.calls.some(([message]) => message.id === 2));
  expect(backend?.postMessage).toHaveBeenCalledWith({ type: 'answer', id: 2, text: null });
});

test('closing with unsaved changes asks, and "keep editing" keeps the window', () => {
  const event = { preventDefault: vi.fn() };
  firstWindow().webContents.emit('will-prevent-unload', event);
  expect(electron.dialog.showMessageBoxSync).toHaveBeenCalled();
  expect(event.preventDefault).not.toHaveBeenCalled();
});

test('keys are sealed by the system and unsealed again; where it keeps no secrets, or no longer opens them, it says so', async () => {
  const [backend] = electron.children;
  const answer = async (message: { type: string; id: number; text: string }) => {
    backend?.emit('message', message);
    const sent = () => backend?.postMessage.mock.calls.find(([{ id }]) => id === message.id)?.[0];
    await vi.waitUntil(sent);
    return sent();
  };
  const { text: sealed } = await answer({ type: 'seal', id: 3, text: 'sk-secret' });
  expect(Buffer.from(sealed, 'base64').toString()).not.toContain('sk-secret');
  expect(await answer({ type: 'unseal', id: 4, text: sealed })).toEqual({ type: 'answer', id: 4, text: 'sk-secret' });
  electron.safeStorage.available = false;
  expect(await answer({ type: 'seal', id: 5, text: 'sk-secret' })).toEqual({ type: 'answer', id: 5, text: null });
  expect(await answer({ type: 'unseal', id: 6, text: sealed })).toEqual({ type: 'answer', id: 6, text: null });
});
