import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The renderer: one page, the same in Electron (`app:`) and in a browser (the local web host). */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no data: scripts or styles, and fonts and pictures are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
});
