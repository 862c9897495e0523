import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  safeStorage,
  shell,
  type UtilityProcess,
  utilityProcess,
} from 'electron';
import type { FromBackend, ToBackend } from './backend/main.ts';
import { pageFile, pageHeaders } from './page.ts';

const here = dirname(fileURLToPath(import.meta.url));
const ORIGIN = 'app://patchbay';
const filters = [{ name: 'Patchbay graph', extensions: ['json'] }];

let backend: UtilityProcess | undefined;

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);

function startBackend(): UtilityProcess {
  const child = utilityProcess.fork(join(here, 'backend.js'), [], { serviceName: 'Patchbay backend' });
  child.on('message', (message: FromBackend) => void answer(child, message));
  // Windows ask again when their port closes; they get a new backend.
  child.on('exit', () => {
    if (backend === child) backend = undefined;
  });
  return child;
}

async function answer(child: UtilityProcess, message: FromBackend): Promise<void> {
  const text = 'text' in message ? secret(message) : await pick(message);
  child.postMessage({ type: 'answer', id: message.id, text } satisfies ToBackend);
}

/**
 * A key sealed by the system's store of secrets, in base64, or unsealed; `null` where there is no such store (a Linux
 * desktop without a keyring, whose `basic_text` hides nothing), or it no longer opens what it sealed.
 */
function secret({ type, text }: Extract<FromBackend, { type: 'seal' | 'unseal' }>): string | null {
  const plain = process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
  if (plain || !safeStorage.isEncryptionAvailable()) return null;
  try {
    return type === 'seal'
      ? safeStorage.encryptString(text).toString('base64')
      : safeStorage.decryptString(Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}

async function pick(message: DialogRequest): Promise<string | null> {
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0];
  return window ? showDialog(window, message) : null;
}

type DialogRequest = Extract<FromBackend, { type: 'pick-open' | 'pick-save' }>;

async function showDialog(window: BrowserWindow, message: DialogRequest): Promise<string | null> {
  if (message.type === 'pick-open') {
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      filters: [...filters, { name: 'Picture with a graph', extensions: ['png', 'svg'] }],
      properties: ['openFile'],
    });
    return canceled ? null : (filePaths[0] ?? null);
  }
  const { canceled, filePath } = await dialog.showSaveDialog(window, { filters, defaultPath: message.suggested });
  return canceled ? null : filePath;
}

function openWindow(): void {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
    webPreferences: {
      preload: join(here, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  const { webContents } = window;
  webContents.setWindowOpenHandler(({ url }) => {
    // Links to papers open in the browser; nothing opens in the app.
    if (url.startsWith('https://')) void shell.openExternal(url);
    return { action: 'deny' };
  });
  webContents.on('will-navigate', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  webContents.on('will-prevent-unload', (event) => {
    const leave = dialog.showMessageBoxSync(window, {
      type: 'question',
      buttons: ['Close', 'Keep editing'],
      defaultId: 1,
      cancelId: 1,
      message: 'This graph has changes that are not saved.',
      detail: 'A copy of them is kept, and offered at the next start.',
    });
    if (leave === 0) event.preventDefault();
  });
  void window.loadURL(`${ORIGIN}/`);
}

ipcMain.on('connect', (event) => {
  if (event.senderFrame?.origin !== ORIGIN || event.senderFrame.parent) return;
  backend ??= startBackend();
  const { port1, port2 } = new MessageChannelMain();
  backend.postMessage({ type: 'connect' } satisfies ToBackend, [port1]);
  event.sender.postMessage('port', null, [port2]);
});

app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});
app.on('activate', () => {
  if (BrowserWindow.getAllWindows().length === 0) openWindow();
});

void app.whenReady().then(() => {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === 'patchbay' ? await pageFile(pathname) : undefined;
    return file
      ? new Response(file.body, { headers: pageHeaders(file.type, "'self'") })
      : new Response('', { status: 404, headers: pageHeaders('text/plain', "'none'") });
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
      { role: 'fileMenu' },
      { role: 'editMenu' },
      { role: 'viewMenu' },
      { role: 'windowMenu' },
    ]),
  );
  openWindow();
});
