import { createBuilder, createServer } from 'vite';

// `npm run dev`: the page with hot reload, against a backend built once. Restart it after changing the backend.

await (await createBuilder({ configFile: 'electron/vite.config.ts', logLevel: 'warn' })).buildApp();
const { serveWeb } = await import('../dist/electron/web.js');
const host = await serveWeb();
const target = `http://127.0.0.1:${host.port}`;
const vite = await createServer({
  server: {
    host: '127.0.0.1',
    proxy: { '/rpc': { target, ws: true, changeOrigin: true, rewriteWsOrigin: true } },
  },
});
await vite.listen();
console.log(`Patchbay, with hot reload: http://127.0.0.1:${vite.config.server.port}/?token=${host.token}`);
process.once('SIGINT', () => void Promise.all([vite.close(), host.close()]).then(() => process.exit(0)));
