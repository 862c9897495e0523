import { EventEmitter } from 'node:events';
import { vi } from 'vitest';

/** As much of the `electron` module as main.ts and preload.ts touch, recording what they ask of it. */

export const windows: BrowserWindow[] = [];
export const children: UtilityChild[] = [];

export class WebContents extends EventEmitter {
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  permission: (contents: unknown, permission: string, decide: (allowed: boolean) => void) => void = () => {};
  session = {
    setPermissionRequestHandler: (handler: WebContents['permission']) => {
      this.permission = handler;
    },
  };
  postMessage = vi.fn();
  setWindowOpenHandler(handler: WebContents['openHandler']) {
    this.openHandler = handler;
  }
}

export class BrowserWindow {
  webContents = new WebContents();
  loadURL = vi.fn(async () => {});
  constructor(readonly options: { webPreferences: Record<string, unknown> }) {
    windows.push(this);
  }
  static getAllWindows = () => windows;
  static getFocusedWindow = () => windows[0] ?? null;
}

class UtilityChild extends EventEmitter {
  postMessage = vi.fn();
  constructor(readonly module: string) {
    super();
    children.push(this);
  }
}

export const utilityProcess = { fork: (module: string) => new UtilityChild(module) };
export const ipcMain = new EventEmitter();
export const ipcRenderer = Object.assign(new EventEmitter(), { send: vi.fn() });
export const shell = { openExternal: vi.fn(async () => {}) };
export const dialog = {
  showOpenDialog: vi.fn(async () => ({ canceled: false, filePaths: ['/graphs/a.json'] })),
  showSaveDialog: vi.fn(async () => ({ canceled: true, filePath: '' })),
  showMessageBoxSync: vi.fn(() => 1),
};
/** Seals by turning the letters round, so that what is sealed is not what it was. */
export const safeStorage = {
  available: true,
  getSelectedStorageBackend: () => 'gnome_libsecret',
  isEncryptionAvailable: () => safeStorage.available,
  encryptString: (text: string) => Buffer.from([...text].reverse().join('')),
  decryptString: (sealed: Buffer) => [...sealed.toString()].reverse().join(''),
};
export const Menu = { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() };
export const protocol = {
  registerSchemesAsPrivileged: vi.fn(),
  handler: async (_request: Request) => new Response(),
  handle(_scheme: string, handler: (request: Request) => Promise<Response>) {
    this.handler = handler;
  },
};
export const app = Object.assign(new EventEmitter(), { whenReady: async () => {}, quit: vi.fn() });
export class MessageChannelMain {
  port1 = { end: 'backend' };
  port2 = { end: 'page' };
}
