import { ipcRenderer } from 'electron';

/** Hands the page one MessagePort to the backend whenever it asks, which it does once per load; nothing else crosses. */
window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'patchbay:connect') ipcRenderer.send('connect');
});

ipcRenderer.on('port', (event) => window.postMessage('patchbay:port', window.location.origin, [...event.ports]));
